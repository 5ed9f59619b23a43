import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Role } from '../../../src/config/mod.js';
import { serve, type Served } from '../live.js';
import type { Order, Word } from './windows.js';

/** The process of made-up windows, from outside. */
export interface Windows {
  readonly session: string;
  /** Where viewers connect, where it serves them itself. */
  readonly url: string | undefined;
  readonly process: ChildProcess;
  order(order: Order): void;
  /** The next word of a kind. */
  heard<K extends Word['told']>(told: K): Promise<Extract<Word, { told: K }>>;
}

/** Processes of one installation, or one that does everything; all on this machine, with a folder of their own. */
export class Installation {
  /** By name: a role, `all`, `windows`. */
  readonly pids: Record<string, number | undefined> = {};
  readonly #folder = mkdtempSync(join(tmpdir(), 'mellm-bench-'));
  readonly #prefix = `bench${randomBytes(4).toString('hex')}`;
  readonly #nats: string | undefined;
  readonly #served: Served[] = [];
  readonly #windows: ChildProcess[] = [];

  /** @param nats where its processes meet; without it there is one process */
  constructor(nats?: string) {
    this.#nats = nats;
  }

  /** First word of its subjects. */
  get prefix(): string {
    return this.#prefix;
  }

  /** Bytes of the database; the whole of it only when the store has stopped. */
  get stored(): number {
    const file = join(this.#folder, 'mellm.db');
    return existsSync(file) ? statSync(file).size : 0;
  }

  /** Starts `serve` with these roles, or all. @param core the only one that it may use */
  async serve(roles?: readonly Role[], core?: number): Promise<Served> {
    const served = await serve(this.#environment(roles), core);
    this.#served.push(served);
    const name = roles?.join('+') ?? 'all';
    const same = Object.keys(this.pids).filter((other) => other.split(' ')[0] === name).length;
    this.pids[same === 0 ? name : `${name} ${String(same + 1)}`] = served.process.pid;
    return served;
  }

  /** Starts the process of made-up windows: with the role `ingest`, or with all where there is no bus. */
  async windows(): Promise<Windows> {
    const child = fork(fileURLToPath(new URL('windows.child.js', import.meta.url)), {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { ...process.env, ...this.#environment(['ingest']) },
    });
    this.#windows.push(child);
    this.pids['windows'] = child.pid;
    const heard: Windows['heard'] = (told) =>
      new Promise((resolve, reject) => {
        const listen = (word: Word): void => {
          if (word.told !== told) return;
          leave();
          resolve(word as Extract<Word, { told: typeof told }>);
        };
        const exit = (code: number | null): void => {
          leave();
          reject(new Error(`the process of made-up windows ended with ${String(code)}`));
        };
        const leave = (): void => {
          child.off('message', listen);
          child.off('exit', exit);
        };
        child.on('message', listen);
        child.on('exit', exit);
      });
    const { session, url } = await heard('ready');
    return {
      session,
      url,
      process: child,
      heard,
      order: (order) => {
        child.send(order);
      },
    };
  }

  /** Ends its processes. Idempotent. */
  async stop(): Promise<void> {
    for (const child of this.#windows.splice(0)) child.kill('SIGKILL');
    await Promise.all(this.#served.splice(0).map((served) => served.stop()));
  }

  /** Ends its processes and removes what it kept. */
  async close(): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #environment(roles: readonly Role[] | undefined): NodeJS.ProcessEnv {
    return {
      MELLM_LOG_LEVEL: 'warn',
      MELLM_STORE_ENABLED: 'true',
      MELLM_STORE_PATH: this.#folder,
      MELLM_OVERLOAD_ENABLED: 'false',
      MELLM_FLOW_DEVICE: 'cpu',
      ...(this.#nats === undefined || roles === undefined
        ? {}
        : { MELLM_BUS_URL: this.#nats, MELLM_BUS_ROLES: roles.join(','), MELLM_BUS_PREFIX: this.#prefix }),
    };
  }
}
