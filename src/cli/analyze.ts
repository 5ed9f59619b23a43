import { basename } from 'node:path';
import { SingleBar } from 'cli-progress';
import { Option, type Command } from 'commander';
import { exportAnnotations, type Annotation } from '../events/mod.js';
import { InProcessBus } from '../events/bus/mod.js';
import { loadConfig, type Config } from '../config/mod.js';
import { openFile, type FileSource } from '../ingest/mod.js';
import { runSession, type SessionStats } from '../pipeline/mod.js';
import { startAnalysis, type Analysis } from '../pipeline/mod.js';
import { MemoryStore } from '../store/mod.js';
import { Metrics, createLogger, type Logger } from '../telemetry/mod.js';
import { endProcess } from '../runtime/threads/mod.js';
import { headerOf, recordingOf, type Analysed } from './analysis-result.js';
import { AtomicFile } from './atomic-file.js';
import { CliError } from './cli-error.js';
import { hashFile } from './file-hash.js';
import { onStop, type StopSignal } from './on-stop.js';
import { addLlmOptions, llmOverrides, type LlmFlags } from './llm-options.js';
import { checkOutputFile, isRegular, writeOutput } from './output-file.js';
import { OUTPUT_FORMATS, outputFormat, type OutputFormat } from './output-format.js';
import { checkOutputs } from './same-file.js';
import { ReaderGone, StdoutOutput, type Output } from './stdout-output.js';

/** Milliseconds after Ctrl+C within which unfinished alerts can close. */
const DRAIN_TIMEOUT_MS = 5000;

interface Options extends LlmFlags {
  out: string;
  format?: OutputFormat;
  csvBom?: boolean;
  fps?: string;
}

/** Result of running the session. */
interface Run {
  readonly annotations: readonly Annotation[];
  readonly stats: SessionStats;
  readonly seconds: number;
  readonly failure: string | undefined;
  readonly stopped: StopSignal | undefined;
}

export function register(program: Command): void {
  addLlmOptions(program.command('analyze').description('analyse a recorded file with the live pipeline, as fast as possible'))
    .argument('<video>', 'MP4, MOV, WebM or AVI')
    .option('--out <file>', 'where to write; - is stdout', '-')
    .addOption(
      new Option('--format <format>', 'jsonl, json, csv or eaf (ELAN); default: by the extension of --out; jsonl on stdout').choices([
        ...OUTPUT_FORMATS,
      ]),
    )
    .option('--csv-bom', 'start CSV with a byte order mark, so that Excel reads it as UTF-8')
    .option('--fps <n>', "frames per second, if the file's own timestamps are wrong")
    .option('--config <file>', 'YAML file of settings')
    .action(analyze);
}

async function analyze(video: string, options: Options): Promise<void> {
  const fps = frameRate(options);
  const { format, warning } = outputFormat(options.out, options.format);
  if (warning !== undefined) process.stderr.write(`warning: ${warning}\n`);
  const config = loadConfig({
    ...(options.config === undefined ? {} : { file: options.config }),
    env: process.env,
    overrides: { llm: llmOverrides(options) },
  });
  const metaPath = await checkPaths(video, options, format);
  const source = await openFile(video, fps === undefined ? {} : { fps });
  const metrics = new Metrics();
  const store = new MemoryStore();
  const log = createLogger(process.env['MELLM_LOG_LEVEL'] ?? 'warn');
  const [content, models] = await Promise.all([hashFile(video), startAnalysis(config, metrics, store, log)]);
  const output = await openOutput(options.out);
  let run: Run | undefined;
  try {
    run = await runOver(source, {
      name: basename(video),
      id: `r-${content.sha256.slice(0, 12)}`,
      models,
      metrics,
      store,
      log,
      output,
      streamed: format === 'jsonl',
    });
    await finish(run, output, {
      format,
      metaPath,
      options,
      analysed: {
        video,
        content,
        source,
        fps,
        stats: run.stats,
        annotations: run.annotations,
        textServers: textServersOf(config),
        complete: run.failure === undefined && run.stopped === undefined,
      },
    });
  } catch (error) {
    await output.discard();
    if (!(error instanceof ReaderGone)) throw error;
  } finally {
    await models.close();
    metrics.close();
  }
  end(video, run);
}

/** @throws {CliError} of exit code 2 */
function frameRate({ fps: given }: Options): number | undefined {
  const fps = given === undefined ? undefined : Number(given);
  if (fps !== undefined && !(fps >= 1 && fps <= 2000))
    throw new CliError(`--fps ${given ?? ''}: expected a number from 1 to 2000`, { exitCode: 2 });
  return fps;
}

interface Result {
  readonly analysed: Analysed;
  readonly format: OutputFormat;
  /** File for the header of the result, where it is separate. */
  readonly metaPath: string | undefined;
  readonly options: Options;
}

/** Writes what `runOver` did not stream, the header, and the summary for people. */
async function finish(run: Run, output: Output, { analysed, format, metaPath, options }: Result): Promise<void> {
  const { video, source, fps } = analysed;
  const header = headerOf(analysed);
  if (format !== 'jsonl') {
    const recording = recordingOf(video, options.out, source, fps);
    await output
      .write(exportAnnotations(format, run.annotations, { recording, header, bom: options.csvBom ?? false }))
      .catch(() => undefined);
  }
  await output.commit();
  if (metaPath !== undefined) await writeOutput(metaPath, `${JSON.stringify(header, undefined, 2)}\n`);
  const { analyzed, lastT, micro, macro } = run.stats;
  process.stderr.write(
    `${video}: ${String(analyzed)} frames, ${lastT.toFixed(1)} s of video in ${run.seconds.toFixed(1)} s; ${String(micro)} micro, ${String(macro)} macro${run.stopped === undefined ? '' : '; stopped before its end'}\n${header.warnings.map((line) => `warning: ${line}\n`).join('')}`,
  );
}

/** Ends the process as a shell expects it. @throws {CliError} where the analysis failed */
function end(video: string, run: Run | undefined): void {
  // The reader of stdout has closed it.
  if (!run) endProcess(0);
  // 128 + the signal's number, as shells report a program that a signal ended.
  if (run?.stopped !== undefined) endProcess(run.stopped === 'SIGINT' ? 130 : 143);
  if (run?.failure !== undefined)
    throw new CliError(`${video}: ${run.failure}${run.annotations.length > 0 ? '; the findings up to there were written' : ''}`);
}

/** Refuses outputs that are not writable or would overwrite an input. @returns the file for the header of the result, where it is separate */
async function checkPaths(
  video: string,
  { out, config }: Options & { config?: string },
  format: OutputFormat,
): Promise<string | undefined> {
  const meta = out !== '-' && format !== 'json' && (await isRegular(out)) ? `${out}.meta.json` : undefined;
  const outputs = [{ option: '--out', path: out }, ...(meta === undefined ? [] : [{ option: 'the header of --out,', path: meta }])];
  for (const { option, path } of outputs) if (path !== '-') await checkOutputFile(option, path);
  await checkOutputs([video, ...(config === undefined ? [] : [config])], outputs);
  return meta;
}

interface RunOptions {
  readonly name: string;
  readonly id: string;
  readonly models: Analysis;
  readonly metrics: Metrics;
  readonly store: MemoryStore;
  readonly log: Logger;
  readonly output: Output;
  /** Whether annotations are written as they close. */
  readonly streamed: boolean;
}

/** Runs the pipeline over the file. @throws {ReaderGone} where nobody reads stdout */
async function runOver(source: FileSource, { name, id, models, metrics, store, log, output, streamed }: RunOptions): Promise<Run> {
  const bar = progressBar();
  const annotations: Annotation[] = [];
  let failure: string | undefined;
  let stopped: StopSignal | undefined;
  let gone: ReaderGone | undefined;
  const bus = new InProcessBus({ keep: 1 });
  store.begin({ id, name });
  const began = performance.now();
  const elapsed = (): number => (performance.now() - began) / 1000;
  bar?.start(Math.ceil(source.duration ?? 0), 0, { speed: '-', found: 0 });
  bus.subscribe(id, (event) => {
    if (event.type === 'track' || event.type === 'stats')
      bar?.update(Math.floor(event.t), { speed: (event.t / elapsed()).toFixed(1), found: annotations.length });
    else if (event.type === 'annotation.closed') found(event.annotation);
    else if (event.type === 'error' && event.code.startsWith('source_')) failure = event.message;
    else if (event.type === 'session.ended' && event.reason !== 'ended' && stopped === undefined)
      failure ??= `the analysis is incomplete (${event.reason})`;
  });
  const session = runSession(
    source,
    { id, name, spotting: models.spotting },
    {
      ...models.stages,
      metrics,
      publish: (draft) => {
        bus.publish(draft);
      },
      onFailure: (_session, stage, error) => {
        log.warn({ stage, err: error }, 'stage failed');
      },
    },
  );
  function found(annotation: Annotation): void {
    if (annotation.withdrawn !== undefined) return;
    annotations.push(annotation);
    if (streamed) output.write(exportAnnotations('jsonl', [annotation])).catch(abort);
  }
  /** Stops the analysis: its results can no longer be written. */
  function abort(error: unknown): void {
    if (error instanceof ReaderGone) gone = error;
    session.close('shutdown');
    session.abort();
  }
  const leave = onStop((signal) => {
    stopped = signal;
    process.stderr.write(`${bar ? '\n' : ''}mellm-live: stopping; writing the findings so far (press again to stop immediately)\n`);
    session.close('shutdown');
    setTimeout(() => {
      session.abort();
    }, DRAIN_TIMEOUT_MS).unref();
  });
  await session.ended;
  leave();
  bar?.stop();
  if (gone) throw gone as Error;
  if (session.stats.failed > 0) failure ??= `${String(session.stats.failed)} frames could not be analysed`;
  return { annotations: annotations.sort((a, b) => a.onset - b.onset), stats: session.stats, seconds: elapsed(), failure, stopped };
}

function progressBar(): SingleBar | undefined {
  return process.stderr.isTTY
    ? new SingleBar({
        format: '{bar} {percentage}% | {value}/{total} s of video | {speed}× real time | {found} found',
        stream: process.stderr,
        clearOnComplete: true,
      })
    : undefined;
}

/** Hosts of the model servers of the settings, as annotations name them. */
function textServersOf({ llm }: Config): string[] {
  return (llm.url ?? []).map((url) => new URL(url).host);
}

/** stdout, or a file that appears under its name once it is complete. */
async function openOutput(out: string): Promise<Output> {
  return out === '-' ? new StdoutOutput() : await AtomicFile.open(out);
}
