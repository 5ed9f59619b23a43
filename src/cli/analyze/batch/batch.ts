import { mkdir } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { packageVersion, type Config } from '../../../config/mod.js';
import { startAnalysis } from '../../../pipeline/mod.js';
import { endProcess } from '../../../runtime/threads/mod.js';
import { originOf } from '../../../server/store-setup.js';
import { MemoryStore } from '../../../store/mod.js';
import { Metrics, createLogger } from '../../../telemetry/mod.js';
import { CliError } from '../../cli-error.js';
import { onStop, type StopSignal } from '../../on-stop.js';
import { checkOutputFolder, writeOutput } from '../../output-file.js';
import type { OutputFormat } from '../../output-format.js';
import type { SeriesFormat } from '../series-encoder.js';
import { analyzeOne, type BatchSettings, type Outcome } from './analyze-one.js';
import { batchInputs, type BatchInput } from './inputs.js';
import { summaryCsv, summaryHtml, type SetRow } from './summary.js';

export interface BatchOptions {
  readonly inputs: readonly string[];
  readonly outDir: string;
  readonly format: OutputFormat;
  readonly seriesFormat: SeriesFormat;
  readonly fps: number | undefined;
  /** Recordings that are analysed at once. */
  readonly jobs: number | undefined;
  readonly textServers: readonly string[];
}

/**
 * Analyses many recordings, several at once, into a folder. What an earlier run has finished with the same content, version, models and
 * settings is skipped.
 *
 * Ends the process: 0 when all is done, 130 or 143 when it was stopped. @throws {CliError} exit code 1 where some recordings failed
 */
export async function analyzeBatch(config: Config, options: BatchOptions): Promise<void> {
  const { outDir, format, seriesFormat, fps, textServers } = options;
  await checkOutputFolder('--out-dir', outDir);
  const inputs = await batchInputs(options.inputs);
  await mkdir(outDir, { recursive: true });
  const kit = { metrics: new Metrics(), store: new MemoryStore(), log: createLogger(process.env['MELLM_LOG_LEVEL'] ?? 'warn') };
  const models = await startAnalysis(config, kit.metrics, kit.store, kit.log);
  const { version, models: loaded, settings } = originOf(config, models.loaded, packageVersion());
  const madeWith = { version, models: [...loaded], settings: { ...settings } };
  const stop = new AbortController();
  let stopped: StopSignal | undefined;
  const leave = onStop((signal) => {
    stopped = signal;
    process.stderr.write('mellm-live: stopping; run the same command again to go on (press again to stop immediately)\n');
    stop.abort();
  });
  const rows: SetRow[] = inputs.map(({ path }) => ({ path, outcome: undefined }));
  try {
    await runAll(inputs, rows, {
      jobs: options.jobs ?? Math.max(1, Math.min(4, Math.floor(cpus().length / 2))),
      one: analyzeEach({ ...kit, models }, { outDir, format, seriesFormat, fps, textServers, madeWith, stop: stop.signal }),
      stop: stop.signal,
    });
    await writeOutput(join(outDir, 'summary.csv'), summaryCsv(rows));
    await writeOutput(join(outDir, 'report.html'), summaryHtml(rows));
  } finally {
    leave();
    await models.close();
    kit.metrics.close();
  }
  conclude(rows, outDir, stopped);
}

/** Analyses a recording, whose failure is an outcome like others. */
function analyzeEach(kit: Parameters<typeof analyzeOne>[1], settings: BatchSettings): (input: BatchInput) => Promise<Outcome> {
  const owners = new Map<string, string>();
  return async (input) => {
    const claim = (sha256: string): string | undefined => {
      const owner = owners.get(sha256);
      if (owner === undefined) owners.set(sha256, input.path);
      return owner;
    };
    try {
      return await analyzeOne(input, kit, settings, claim);
    } catch (error) {
      return { state: 'failed', reason: error instanceof Error ? error.message : String(error) };
    }
  };
}

interface RunAll {
  readonly jobs: number;
  readonly one: (input: BatchInput) => Promise<Outcome>;
  readonly stop: AbortSignal;
}

async function runAll(inputs: readonly BatchInput[], rows: SetRow[], { jobs, one, stop }: RunAll): Promise<void> {
  let next = 0;
  let done = 0;
  const worker = async (): Promise<void> => {
    while (next < inputs.length && !stop.aborted) {
      const i = next++;
      const input = inputs[i];
      if (!input) return;
      const outcome = await one(input);
      rows[i] = { path: input.path, outcome };
      process.stderr.write(`[${String(++done)}/${String(inputs.length)}] ${input.path}: ${wordsOf(outcome)}\n`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, inputs.length) }, worker));
}

function wordsOf(outcome: Outcome): string {
  switch (outcome.state) {
    case 'done':
    case 'skipped': {
      const { micro, macro } = outcome.sidecar.summary;
      return `${outcome.state === 'skipped' ? 'already done; ' : ''}${String(micro)} micro, ${String(macro)} macro`;
    }
    case 'failed':
      return `failed: ${outcome.reason}`;
    case 'duplicate':
      return `left out: same content as ${outcome.of}`;
    case 'stopped':
      return 'stopped';
  }
}

function conclude(rows: readonly SetRow[], outDir: string, stopped: StopSignal | undefined): void {
  const count = (state: Outcome['state']): number => rows.filter(({ outcome }) => outcome?.state === state).length;
  const failed = count('failed');
  process.stderr.write(
    `${String(count('done'))} analysed, ${String(count('skipped'))} already done, ${String(count('duplicate'))} left out, ${String(failed)} failed; see ${join(outDir, 'summary.csv')}\n`,
  );
  if (stopped !== undefined) endProcess(stopped === 'SIGINT' ? 130 : 143);
  if (failed > 0)
    throw new CliError(`${String(failed)} of ${String(rows.length)} recordings failed; ${join(outDir, 'summary.csv')} says why`);
  endProcess(0);
}
