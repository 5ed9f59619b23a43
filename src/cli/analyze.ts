import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SingleBar } from 'cli-progress';
import { Option, type Command } from 'commander';
import { exportAnnotations, type Annotation } from '../annotations/mod.js';
import { InProcessBus } from '../bus/mod.js';
import { loadConfig } from '../config/mod.js';
import { healthWarnings, openFile } from '../ingest/mod.js';
import { runSession, type Tallies } from '../pipeline/mod.js';
import { startAnalysis } from '../server/models.js';
import { MemoryStore } from '../store/mod.js';
import { Metrics, createLogger } from '../telemetry/mod.js';
import { endProcess } from '../threads/mod.js';
import { AtomicFile } from './atomic-file.js';
import { CliError } from './cli-error.js';
import { onStop, type StopSignal } from './on-stop.js';
import { addLlmOptions, llmOverrides, type LlmFlags } from './llm-options.js';
import { checkOutputFile } from './output-file.js';
import { OUTPUT_FORMATS, outputFormat, type OutputFormat } from './output-format.js';
import { checkOutputs } from './same-file.js';
import { ReaderGone, StdoutOutput, type Output } from './stdout-output.js';

/** Milliseconds after Ctrl+C for alerts in work to be finished. */
const LAST_WORDS = 5000;

interface Options extends LlmFlags { out: string; format?: OutputFormat; fps?: string }

export function register(program: Command): void {
  addLlmOptions(program.command('analyze').description('the same pipeline over a recorded file, as fast as it can'))
    .argument('<video>', 'MP4, MOV, WebM or AVI')
    .option('--out <file>', 'where to write; - is stdout', '-')
    .addOption(new Option('--format <format>', 'jsonl, json, csv or eaf (ELAN); default: by the ending of --out, jsonl on stdout').choices([...OUTPUT_FORMATS]))
    .option('--fps <n>', 'frames per second, where the file\'s own timestamps are wrong')
    .option('--config <file>', 'YAML file of settings')
    .action(analyze);
}

async function analyze(video: string, options: Options): Promise<void> {
  const fps = options.fps === undefined ? undefined : Number(options.fps);
  if (fps !== undefined && !(fps >= 1 && fps <= 2000)) throw new CliError(`--fps ${options.fps ?? ''}: expected a number from 1 to 2000`, { exitCode: 2 });
  const { format, warning } = outputFormat(options.out, options.format);
  if (warning !== undefined) process.stderr.write(`warning: ${warning}\n`);
  const config = loadConfig({
    ...(options.config === undefined ? {} : { file: options.config }), env: process.env,
    overrides: { llm: llmOverrides(options) },
  });
  if (options.out !== '-') await checkOutputFile('--out', options.out);
  await checkOutputs([video, ...options.config === undefined ? [] : [options.config]], [{ option: '--out', path: options.out }]);
  const source = await openFile(video, fps === undefined ? {} : { fps });
  const metrics = new Metrics();
  const store = new MemoryStore();
  const log = createLogger(process.env['MELLM_LOG_LEVEL'] ?? 'warn');
  const models = await startAnalysis(config, metrics, store, log);
  const output = await openOutput(options.out);
  const bar = process.stderr.isTTY
    ? new SingleBar({ format: '{bar} {percentage}% | {value}/{total} s of video | {speed}× real time | {found} found', stream: process.stderr, clearOnComplete: true })
    : undefined;
  const annotations: Annotation[] = [];
  let failure: string | undefined;
  let stopped: StopSignal | undefined;
  let readerGone = false;
  try {
    const bus = new InProcessBus({ keep: 1 });
    const id = 'file';
    store.begin({ id, name: basename(video) });
    const began = performance.now();
    bar?.start(Math.ceil(source.duration ?? 0), 0, { speed: '-', found: 0 });
    bus.subscribe(id, (event) => {
      if (event.type === 'track' || event.type === 'stats') {
        bar?.update(Math.floor(event.t), { speed: (event.t / ((performance.now() - began) / 1000)).toFixed(1), found: annotations.length });
      } else if (event.type === 'error' && event.code.startsWith('source_')) {
        failure = event.message;
      }
    });
    const session = runSession(source, { id, name: basename(video), spotting: models.spotting }, {
      ...models.stages, metrics, publish: (draft) => { bus.publish(draft); },
      onAnnotation: (annotation) => {
        if (annotation.withdrawn !== undefined) return;
        annotations.push(annotation);
        if (format === 'jsonl') output.write(exportAnnotations('jsonl', [annotation])).catch(giveUp);
      },
      onFailure: (_session, stage, error) => { log.warn({ stage, err: error }, 'a stage failed'); },
    });
    // Hours of work for a disk that is full, or for nobody, help no one.
    function giveUp(error: unknown): void {
      readerGone = error instanceof ReaderGone;
      session.close('shutdown');
      session.abort();
    }
    const leave = onStop((signal) => {
      stopped = signal;
      process.stderr.write(`${bar ? '\n' : ''}mellm-live: stopping; what was found is written (again to stop at once)\n`);
      session.close('shutdown');
      setTimeout(() => { session.abort(); }, LAST_WORDS).unref();
    });
    await session.ended;
    leave();
    bar?.stop();
    annotations.sort((a, b) => a.onset - b.onset);
    if (format !== 'jsonl') await output.write(exportAnnotations(format, annotations, pathToFileURL(resolve(video)).href)).catch(() => undefined);
    await output.commit();
    const { analyzed, lastT, micro, macro } = session.tallies;
    process.stderr.write(`${video}: ${String(analyzed)} frames, ${lastT.toFixed(1)} s of video in ${((performance.now() - began) / 1000).toFixed(1)} s; ${String(micro)} micro, ${String(macro)} macro${stopped === undefined ? '' : '; stopped before its end'}\n${healthWarnings(source.health).map((warning) => `warning: ${warning}\n`).join('')}${hinderedLine(session.tallies)}`);
  } catch (error) {
    bar?.stop();
    await output.discard();
    if (!(error instanceof ReaderGone)) throw error;
    readerGone = true;
  } finally {
    await models.close();
    metrics.close();
  }
  if (readerGone) endProcess(0);
  // As a shell reports a program that a signal ended.
  if (stopped !== undefined) endProcess(stopped === 'SIGINT' ? 130 : 143);
  if (failure !== undefined) throw new CliError(`${video}: ${failure}${annotations.length > 0 ? '; what was found before that is written' : ''}`);
}

/** Says for how long, and why, faces were in view but seen too badly to spot on; empty below a second. */
function hinderedLine({ hindered, analyzed, lastT }: Pick<Tallies, 'hindered' | 'analyzed' | 'lastT'>): string {
  const worst = [...hindered].filter(([, seconds]) => seconds >= 1).sort(([, a], [, b]) => b - a);
  if (worst.length === 0) return '';
  const few = hindered.has('few_frames') ? ` (few_frames: about ${(analyzed / Math.max(lastT, 1)).toFixed(1)} frames a second; below 15 brief movements fall between the frames)` : '';
  return `warning: faces were in view but seen too badly to trust what was found, or not found: ${worst.map(([fault, seconds]) => `${fault} ${seconds.toFixed(1)} s`).join(', ')}${few}\n`;
}

/** stdout, or a file that appears under its name only when it is whole. */
async function openOutput(out: string): Promise<Output> {
  return out === '-' ? new StdoutOutput() : await AtomicFile.open(out);
}
