import { accessKey } from '../../runtime/model-server/access-key.js';
import { Breaker } from '../../runtime/model-server/breaker.js';
import { SupervisedWorker, WorkerError } from '../../runtime/threads/mod.js';
import type { CropLuma, FlowEstimate } from '../flow-messages.js';
import type { FlowRunner, RunnerAnswer } from '../flow-runner.js';
import { AGREEMENT, apart, probe } from '../probe.js';
import { FlowServerError, mayPass, type FlowServerErrorCode } from './server-error.js';
import type { FlowServerOptions } from './server-options.js';
import type { ServedHandlers, ServerFindings, ServerTarget } from './served-messages.js';

/** What is told of the server; a hook that throws stops nothing. */
export interface ServedHooks {
  /** It is asked (true), or left alone because it failed (false). */
  up?(up: boolean): void;
  /** A batch was done by the server, by the local model instead, or not at all. */
  request?(result: ServedResult): void;
}
export type ServedResult = 'ok' | 'fallback' | 'failed';

export interface ServedFlowOptions {
  readonly server: FlowServerOptions;
  /** Stands in for the server while that fails. Closed with this. */
  readonly local: FlowRunner | undefined;
  /** Padded batch sizes, ascending. */
  readonly sizes: readonly number[];
  /** Milliseconds without a sign of life after which the thread is replaced. */
  readonly hangTimeout: number;
  readonly hooks: ServedHooks;
  /** Told in a sentence what a person should know. */
  readonly onNotice: (message: string) => void;
  /** The thread died or hung; another takes its place. */
  readonly onLost: () => void;
  /** Milliseconds that a server which failed is left alone at first. Default 5000; doubled up to eight times as long. */
  readonly pause?: number;
}

/** Milliseconds that a batch may take while a server is warmed: the first of each size may tune convolutions. */
const WARM_TIMEOUT = 30_000;

/**
 * MEFlowNet by a server, with the local model standing in where there is one.
 *
 *            ┌─ fails ──► local model, and the server is left alone for 5, 10, 20, 40 s
 *     batch ─┤                 │ ready? the same model? every size warm?
 *            └─ server ◄── yes ┘
 *
 * A server that failed is tried by ourselves, with made-up pairs: no alert waits for that.
 */
export class ServedFlow implements FlowRunner {
  readonly #options: ServedFlowOptions;
  readonly #target: ServerTarget;
  readonly #host: string;
  readonly #thread: SupervisedWorker<ServedHandlers>;
  readonly #breaker: Breaker;
  #found: (ServerFindings & { readonly costs: Readonly<Record<number, number>> }) | undefined;
  #expected: FlowEstimate | undefined;
  #retry: NodeJS.Timeout | undefined;
  #lastProblem = '';
  #closed = false;

  private constructor(options: ServedFlowOptions, target: ServerTarget, thread: SupervisedWorker<ServedHandlers>) {
    this.#options = options;
    this.#target = target;
    this.#host = new URL(target.url).host;
    this.#thread = thread;
    this.#breaker = new Breaker({
      pause: options.pause ?? 5000,
      onChange: (closed) => {
        this.#tell(() => options.hooks.up?.(closed));
      },
    });
  }

  /**
   * Resolves when the server has been asked, compared with the local model, and warmed; or, where there is a local model to begin with,
   * when that has found it away or not ready yet.
   *
   * @throws {FlowServerError} where its model is another, a setting is wrong, or it can't be used and there is no local model.
   */
  static async start(options: ServedFlowOptions): Promise<ServedFlow> {
    const target = targetOf(options.server);
    const thread = await SupervisedWorker.start<ServedHandlers>(new URL('./served-flow.worker.js', import.meta.url), {
      name: 'flow-server',
      hangTimeout: options.hangTimeout,
      callTimeout: 2 * WARM_TIMEOUT,
      onLost: (error) => {
        options.onLost();
        options.onNotice(`the flow server's client thread failed (${error.message}); restarting it`);
      },
    });
    const served = new ServedFlow(options, target, thread);
    try {
      await served.#connect();
      served.#tell(() => options.hooks.up?.(true));
    } catch (error) {
      if (!options.local || !mayPass(codeOf(error))) {
        await thread.close();
        throw asServerError(error);
      }
      served.#failed(error, true);
    }
    return served;
  }

  get devices(): readonly string[] {
    return ['server', ...(this.#options.local?.devices ?? [])];
  }
  get costs(): Readonly<Record<number, number>> {
    return (this.#isUp() ? this.#found?.costs : undefined) ?? this.#options.local?.costs ?? this.#found?.costs ?? {};
  }
  /** The server's host and port. */
  get host(): string {
    return this.#host;
  }
  /** Whether tensors travel as bytes; undefined while the server was never there. */
  get binary(): boolean | undefined {
    return this.#found?.binary;
  }

  /**
   * Whose flow it is, where the server's model was not compared with the local one: `<model>@<sha8>` where it tells, else `<host>/<model>`.
   */
  get source(): string {
    const sha256 = this.#found?.sha256;
    return sha256 === undefined ? `${this.#host}/${this.#target.model}` : `${this.#target.model}@${sha256.slice(0, 8)}`;
  }

  /** @throws {FlowServerError} where the server fails and there is no local model. */
  async run(pairs: readonly CropLuma[], size: number): Promise<RunnerAnswer> {
    const { local } = this.#options;
    if (this.#isUp() && this.#found) {
      try {
        const answer = await this.#thread.call('run', [this.#target, this.#found.binary, pairs, size]);
        const broken = answer.estimates.filter((estimate) => estimate === undefined).length;
        // One pair without an answer is its own misfortune, unless somebody else can try.
        if (broken > 0 && (local || broken === pairs.length))
          throw new FlowServerError(
            'flow_server_not_finite',
            `${this.#host} returned non-finite numbers for ${String(broken)} of ${String(pairs.length)} pairs`,
          );
        // A late success says nothing of a server that has failed since.
        if (this.#isUp()) this.#breaker.succeeded();
        this.#done('ok');
        return { ...answer, device: 'server' };
      } catch (error) {
        if (this.#closed) throw error;
        this.#failed(error);
        if (!local) {
          this.#done('failed');
          throw asServerError(error);
        }
      }
    } else if (!local) {
      this.#done('failed');
      throw new FlowServerError('flow_server_paused', `${this.#host} failed and is paused (${this.#lastProblem})`, {
        retryAfter: this.#breaker.wait,
      });
    }
    this.#done('fallback');
    return local.run(pairs, size);
  }

  /** Ends the thread, and the local model's. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    await Promise.all([this.#thread.close(), this.#options.local?.close()]);
  }

  #isUp(): boolean {
    return this.#breaker.state === 'closed' && this.#found !== undefined;
  }

  /** Asks what the server has, compares it with the local model, and runs every size. */
  async #connect(): Promise<void> {
    const { local, sizes } = this.#options;
    const findings = await this.#thread.call('look', [this.#target]);
    const target = { ...this.#target, timeout: Math.max(this.#target.timeout, WARM_TIMEOUT) };
    const run = async (size: number) => this.#thread.call('run', [target, findings.binary, [probe()], size]);
    const costs: Record<number, number> = {};
    for (const size of sizes) {
      const {
        estimates: [first],
      } = await run(size);
      if (!first)
        throw new FlowServerError(
          'flow_server_not_finite',
          `${this.#host} returned non-finite numbers for a test pair; check its model file`,
        );
      if (local && size === sizes[0]) await this.#compare(first, local);
      costs[size] = Math.min((await run(size)).ms, (await run(size)).ms);
    }
    this.#found = { ...findings, costs };
  }

  async #compare(estimate: FlowEstimate, local: FlowRunner): Promise<void> {
    const size = this.#options.sizes[0] ?? 1;
    this.#expected ??= (await local.run([probe()], size)).estimates[0];
    const worst = this.#expected ? apart(this.#expected, estimate) : NaN;
    if (worst <= AGREEMENT) return;
    throw new FlowServerError(
      'flow_server_mismatch',
      `the model ${this.#target.model} of ${this.#host} computes a different flow than the local one (${worst.toFixed(3)} px apart on a test pair): ` +
        "serve the same models/meflownet/meflownet.onnx, or set flow.server_fallback to false to use the server's model only",
    );
  }

  /**
   * Leaves the server alone at once where the local model can do its work, or where it cannot recover; else after five failures in a row.
   */
  #failed(error: unknown, atOnce = false): void {
    const { local, onNotice } = this.#options;
    const { message } = asServerError(error);
    const code = codeOf(error);
    if (this.#breaker.state === 'closed') {
      const lasting = ['flow_server_refused', 'flow_server_mismatch', 'flow_server_setting'].includes(code);
      const once = ['flow_server_overloaded', 'flow_server_not_finite'].includes(code);
      this.#breaker.failed({ lasting, atOnce: atOnce || (local !== undefined && !once) });
    }
    this.#lastProblem = message;
    const alone = this.#breaker.state !== 'closed';
    this.#tell(() => {
      onNotice(
        `the flow server failed: ${message}; ${local ? 'falling back to the local model' : 'pairs are not measured'}${alone ? '; retrying periodically' : ''}`,
      );
    });
    if (alone) this.#tryLater();
  }

  #tryLater(): void {
    clearTimeout(this.#retry);
    if (this.#closed) return;
    this.#retry = setTimeout(() => {
      void this.#tryAgain();
    }, Math.ceil(this.#breaker.wait));
    this.#retry.unref();
  }

  async #tryAgain(): Promise<void> {
    if (this.#closed) return;
    if (!this.#breaker.enter()) {
      this.#tryLater();
      return;
    }
    try {
      await this.#connect();
      this.#breaker.succeeded();
      this.#tell(() => {
        this.#options.onNotice(`the flow server ${this.#host} is available again, with the same model`);
      });
    } catch (error) {
      this.#breaker.failed();
      // What was said before need not be said again every few seconds.
      const { message } = asServerError(error);
      if (message !== this.#lastProblem && codeOf(error) !== 'worker_closed')
        this.#tell(() => {
          this.#options.onNotice(`the flow server is still unavailable: ${message}`);
        });
      this.#lastProblem = message;
      this.#tryLater();
    }
  }

  #done(result: ServedResult): void {
    this.#tell(() => this.#options.hooks.request?.(result));
  }

  #tell(hook: () => void): void {
    try {
      hook();
    } catch {
      /* a listener's fault is its own */
    }
  }
}

/** Where the server is, checked. @throws {FlowServerError} `flow_server_setting` */
export function targetOf({ url, model = 'meflownet', version, keyFile, timeout = 3000 }: FlowServerOptions): ServerTarget {
  let address: URL;
  try {
    address = new URL(url);
  } catch (cause) {
    throw new FlowServerError('flow_server_setting', `flow.server ${url} is not a valid URL`, { cause });
  }
  if (!['http:', 'https:'].includes(address.protocol))
    throw new FlowServerError('flow_server_setting', `flow.server must begin with http:// or https://, not ${address.protocol}`);
  try {
    const key = accessKey({
      file: keyFile,
      setting: 'flow.server_key_file',
      variable: 'MELLM_FLOW_SERVER_KEY',
      value: process.env['MELLM_FLOW_SERVER_KEY'],
    });
    return { url: `${address.origin}${address.pathname}`.replace(/\/+(v2\/*)?$/, ''), model, version, key, timeout };
  } catch (cause) {
    throw new FlowServerError('flow_server_setting', (cause as Error).message, { cause });
  }
}

function codeOf(error: unknown): string {
  return error instanceof FlowServerError || error instanceof WorkerError ? error.code : '';
}

/** Errors cross from the thread as a message and a code. A thread that died or hangs could not reach the server either. */
function asServerError(error: unknown): FlowServerError {
  if (error instanceof FlowServerError) return error;
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  return new FlowServerError(code.startsWith('flow_server_') ? (code as FlowServerErrorCode) : 'flow_server_unreachable', message, {
    cause: error,
  });
}
