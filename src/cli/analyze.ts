import { basename, extname } from 'node:path';
import { SingleBar } from 'cli-progress';
import { Option, type Command } from 'commander';
import { BIDS_COLUMNS, exportAnnotations } from '../events/mod.js';
import { loadConfig, type Config } from '../config/mod.js';
import { openFile, type FileSource } from '../ingest/mod.js';
import { startAnalysis } from '../pipeline/mod.js';
import { MemoryStore } from '../store/mod.js';
import { Metrics, createLogger } from '../telemetry/mod.js';
import { endProcess } from '../runtime/threads/mod.js';
import { headerOf, recordingOf, type Analysed } from './analysis-result.js';
import { analyzeBatch } from './analyze/batch/batch.js';
import { runFile, type AnalysisKit, type FileRun } from './analyze/run-file.js';
import { SERIES_FORMATS, type SeriesFormat } from './analyze/series-encoder.js';
import { SeriesFile } from './analyze/series-file.js';
import { AtomicFile } from './atomic-file.js';
import { CliError } from './cli-error.js';
import { hashFile, sessionIdOf } from './file-hash.js';
import { onStop, type StopSignal } from './on-stop.js';
import { countOption } from './number-option.js';
import { addLlmOptions, llmOverrides, type LlmFlags } from './llm-options.js';
import { checkOutputFile, isRegular, writeOutput } from './output-file.js';
import { headerPath, OUTPUT_FORMATS, outputFormat, type OutputFormat } from './output-format.js';
import { checkOutputs } from './same-file.js';
import { ReaderGone, StdoutOutput, type Output } from './stdout-output.js';

interface Options extends LlmFlags {
  out: string;
  format?: OutputFormat;
  csvBom?: boolean;
  series?: string;
  seriesFormat?: SeriesFormat;
  outDir?: string;
  jobs?: string;
  fps?: string;
}

/** Result of running the session. */
type Run = FileRun & { readonly stopped: StopSignal | undefined };

export function register(program: Command): void {
  addLlmOptions(program.command('analyze').description('analyse a recorded file with the live pipeline, as fast as possible'))
    .argument('<video...>', 'MP4, MOV, WebM or AVI; with --out-dir several, folders, or patterns')
    .option('--out-dir <folder>', 'analyse all recordings into this folder; run again after a break, it goes on where it was')
    .option('--jobs <n>', 'recordings that are analysed at once, with --out-dir; default: half the cores, at most 4')
    .option('--out <file>', 'where to write; - is stdout', '-')
    .addOption(
      new Option(
        '--format <format>',
        'jsonl, json, csv, eaf (ELAN) or bids (events.tsv); default: by the extension of --out; jsonl on stdout',
      ).choices([...OUTPUT_FORMATS]),
    )
    .option('--series <file>', 'also write what was measured of every frame, with the column names of OpenFace: .csv or .parquet')
    .addOption(new Option('--series-format <format>', 'form of the series of --out-dir; default: csv').choices([...SERIES_FORMATS]))
    .option('--csv-bom', 'start CSV with a byte order mark, so that Excel reads it as UTF-8')
    .option('--fps <n>', "frames per second, if the file's own timestamps are wrong")
    .option('--config <file>', 'YAML file of settings')
    .action(analyzeCommand);
}

async function analyzeCommand(videos: readonly string[], options: Options): Promise<void> {
  const [video, ...others] = videos;
  if (options.outDir !== undefined) await analyzeMany(videos, options, options.outDir);
  else if (video === undefined || others.length > 0)
    throw new CliError(`${String(videos.length)} recordings were given; name a folder for their results with --out-dir`, { exitCode: 2 });
  else await analyze(video, options);
}

async function analyzeMany(videos: readonly string[], options: Options, outDir: string): Promise<void> {
  if (options.out !== '-' || options.series !== undefined)
    throw new CliError('--out and --series name the files of one recording; --out-dir writes both for each', { exitCode: 2 });
  const config = configOf(options);
  await analyzeBatch(config, {
    inputs: videos,
    outDir,
    format: options.format ?? 'csv',
    seriesFormat: options.seriesFormat ?? 'csv',
    fps: frameRate(options),
    jobs: countOption('--jobs', options.jobs),
    textServers: textServersOf(config),
  });
}

function configOf(options: Options): Config {
  return loadConfig({
    ...(options.config === undefined ? {} : { file: options.config }),
    env: process.env,
    overrides: { llm: llmOverrides(options) },
  });
}

async function analyze(video: string, options: Options): Promise<void> {
  if (options.seriesFormat !== undefined)
    throw new CliError('--series-format goes with --out-dir; --series takes its form from its ending', { exitCode: 2 });
  const fps = frameRate(options);
  const { format, warning } = outputFormat(options.out, options.format);
  if (warning !== undefined) process.stderr.write(`warning: ${warning}\n`);
  const config = configOf(options);
  const metaPath = await checkPaths(video, options, format);
  const source = await openFile(video, fps === undefined ? {} : { fps });
  const kit = { metrics: new Metrics(), store: new MemoryStore(), log: createLogger(process.env['MELLM_LOG_LEVEL'] ?? 'warn') };
  const [content, models] = await Promise.all([hashFile(video), startAnalysis(config, kit.metrics, kit.store, kit.log)]);
  const output = await openOutput(options.out);
  const series = options.series === undefined ? undefined : await SeriesFile.open(options.series, seriesFormat(options.series));
  let run: Run | undefined;
  try {
    run = await runWithBar(source, { ...kit, models }, { video, id: sessionIdOf(content), output, series, streamed: format === 'jsonl' });
    const textServers = textServersOf(config);
    const complete = run.failure === undefined && run.stopped === undefined;
    const { stats, annotations } = run;
    await finish(run, output, {
      format,
      metaPath,
      options,
      analysed: { video, content, source, fps, stats, annotations, textServers, complete },
    });
    await series?.commit();
  } catch (error) {
    await output.discard();
    await series?.discard();
    if (!(error instanceof ReaderGone)) throw error;
  } finally {
    await models.close();
    kit.metrics.close();
  }
  end(video, run);
}

interface RunOptions {
  readonly video: string;
  readonly id: string;
  readonly output: Output;
  readonly series: SeriesFile | undefined;
  /** Whether annotations are written as they close. */
  readonly streamed: boolean;
}

/** Runs the pipeline over the file until its end or Ctrl+C. @throws {ReaderGone} where nobody reads stdout */
async function runWithBar(source: FileSource, kit: AnalysisKit, { video, id, output, series, streamed }: RunOptions): Promise<Run> {
  const bar = barOf(source);
  const stop = new AbortController();
  let stopped: StopSignal | undefined;
  const leave = onStop((signal) => {
    stopped = signal;
    process.stderr.write(`${bar ? '\n' : ''}mellm-live: stopping; writing the findings so far (press again to stop immediately)\n`);
    stop.abort();
  });
  try {
    const run = await runFile(source, kit, {
      name: basename(video),
      id,
      series,
      stop: stop.signal,
      onProgress: bar?.show,
      onAnnotation: streamed ? (annotation) => output.write(exportAnnotations('jsonl', [annotation])) : undefined,
    });
    return { ...run, stopped };
  } finally {
    leave();
    bar?.stop();
  }
}

function seriesFormat(path: string): SeriesFormat {
  return extname(path).toLowerCase() === '.parquet' ? 'parquet' : 'csv';
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
  if (metaPath !== undefined)
    await writeOutput(metaPath, `${JSON.stringify(format === 'bids' ? { ...BIDS_COLUMNS, Analysis: header } : header, undefined, 2)}\n`);
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

/**
 * Refuses outputs that are not writable or would overwrite an input. @returns the file for the header of the result, where it is separate
 */
async function checkPaths(
  video: string,
  { out, config, series }: Options & { config?: string },
  format: OutputFormat,
): Promise<string | undefined> {
  const meta = out !== '-' && format !== 'json' && (await isRegular(out)) ? headerPath(out, format) : undefined;
  if (series !== undefined) await checkOutputFile('--series', series, ['.csv', '.parquet']);
  const outputs = [
    { option: '--out', path: out },
    ...(series === undefined ? [] : [{ option: '--series', path: series }]),
    ...(meta === undefined ? [] : [{ option: 'the header of --out,', path: meta }]),
  ];
  for (const { option, path } of outputs) if (path !== '-') await checkOutputFile(option, path);
  await checkOutputs([video, ...(config === undefined ? [] : [config])], outputs);
  return meta;
}

/** Told of the progress on a terminal. */
function barOf(source: FileSource): { readonly show: (t: number, found: number) => void; readonly stop: () => void } | undefined {
  const bar = progressBar();
  if (!bar) return undefined;
  const began = performance.now();
  bar.start(Math.ceil(source.duration ?? 0), 0, { speed: '-', found: 0 });
  return {
    show: (t, found) => {
      bar.update(Math.floor(t), { speed: ((1000 * t) / (performance.now() - began)).toFixed(1), found });
    },
    stop: () => {
      bar.stop();
    },
  };
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
