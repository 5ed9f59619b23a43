import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { extname } from 'node:path';
import { SingleBar } from 'cli-progress';
import type { Command } from 'commander';
import sharp from 'sharp';
import { DATASETS, loadDataset, type Dataset, type TruthEvent } from '../datasets/mod.js';
import {
  errorCurveSvg,
  evaluateSpotting,
  isSpotter,
  judgeClip,
  LEAST_IOU,
  PicturePairs,
  SPOTTERS,
  spotThenRecognise,
  type SpottingEvaluation,
  type SpotThenRecognise,
} from '../evaluation/mod.js';
import { describerOptions, startDescriber } from '../../src/llm/mod.js';
import { CliError } from '../../src/cli/cli-error.js';
import { llmConfig } from '../../src/cli/llm-options.js';
import { countOption, numberOption } from '../../src/cli/number-option.js';
import { checkOutputFile, checkOutputFolder, writeOutput } from '../../src/cli/output-file.js';
import { checkNotWithin, checkOutputs, type NamedOutput } from '../../src/cli/same-file.js';
import { spottingTable, strsLine } from './spotting-table.js';

/** Twice the size of the drawing. */
const PNG_DENSITY = 144;

interface Options {
  dataset: string;
  root: string;
  spotter: string;
  signals?: string;
  curve?: string;
  windows?: string;
  limit?: string;
  threads?: string;
  only?: string[];
  minPeak?: string;
  minDuration?: string;
  recognition?: boolean;
  config?: string;
  json?: boolean;
}

/** `eval spotting --dataset NAME --root DIR`: the field's spotting protocol, beside false alarms a minute and delays. */
export function register(evalCommand: Command): void {
  evalCommand
    .command('spotting')
    .description('micro- and macro-expressions found in whole clips: F1 at IoU 0.5, false alarms a minute, errors and delays in ms')
    .requiredOption('--dataset <name>', `which data set: ${Object.keys(DATASETS).join(', ')}`)
    .requiredOption('--root <dir>', 'its folder')
    .option(
      '--spotter <names>',
      `which spotters, with commas: ${Object.entries(SPOTTERS)
        .map(([name, { about }]) => `${name} (${about})`)
        .join(', ')}`,
      'learned',
    )
    .option('--signals <dir>', 'keep measured clips here, and use those that are here')
    .option('--curve <file>', 'draw the detection-error curves, as .svg or .png')
    .option('--windows <file.json>', 'write what every spotter said of every clip')
    .option('--recognition', 'also the spot-then-recognise score (STRS): category by MELLM at the spotted onset and apex of every hit')
    .option('--config <file>', 'YAML file of settings, for --recognition')
    .option('--limit <n>', 'at most so many clips')
    .option('--only <group=value...>', 'only clips of these groups, e.g. condition=quiet fps=30')
    .option('--min-peak <px>', 'micro-expressions of a smaller peak count neither as found nor as missed')
    .option('--min-duration <ms>', 'the same for shorter ones')
    .option('--threads <n>', 'clips measured at once', '1')
    .option('--json', 'one JSON object')
    .action(run);
}

async function run(options: Options): Promise<void> {
  const spotters = options.spotter
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const unknown = spotters.find((name) => !isSpotter(name));
  if (unknown !== undefined || spotters.length === 0)
    throw new CliError(`--spotter ${options.spotter}: there are ${Object.keys(SPOTTERS).join(', ')}, and learned@N`, { exitCode: 2 });
  const name = options.dataset.toLowerCase();
  if (!Object.hasOwn(DATASETS, name))
    throw new CliError(`--dataset ${options.dataset}: spotting is evaluated on ${Object.keys(DATASETS).join(', ')}`, { exitCode: 2 });
  const limit = countOption('--limit', options.limit) ?? Infinity;
  const threads = countOption('--threads', options.threads) ?? 1;
  const counts = countsFrom(numberOption('--min-peak', options.minPeak, 0), numberOption('--min-duration', options.minDuration, 0));
  if (options.curve !== undefined) await checkOutputFile('--curve', options.curve, ['.svg', '.png']);
  if (options.windows !== undefined) await checkOutputFile('--windows', options.windows, ['.json']);
  if (options.signals !== undefined) await checkOutputFolder('--signals', options.signals);
  const dataset = chosen(await loadDataset(name, options.root), options.only ?? [], limit);
  await protectInputs(options, dataset);
  const bar = process.stderr.isTTY
    ? new SingleBar({
        format: '{bar} {percentage}% | {value}/{total} clips | {eta_formatted}',
        stream: process.stderr,
        clearOnComplete: true,
      })
    : undefined;
  bar?.start(dataset.clips.length, 0);
  let evaluation: SpottingEvaluation;
  try {
    evaluation = await evaluateSpotting(dataset, {
      spotters,
      threads,
      counts,
      ...(options.signals === undefined ? {} : { signals: options.signals }),
      onProgress: (done) => {
        bar?.update(done);
      },
    });
  } finally {
    bar?.stop();
  }
  if (evaluation.clips.length === 0)
    throw new CliError(
      `none of ${String(dataset.clips.length)} clips could be read: ${evaluation.troubles[0]?.trouble ?? 'there is none'}`,
    );
  const { spotters: metrics, troubles, clips } = evaluation;
  const strs = options.recognition ? await recognised(evaluation, counts, options.config) : undefined;
  for (const note of dataset.notes) process.stderr.write(`note: ${note}\n`);
  for (const { clip, trouble } of troubles) process.stderr.write(`${clip}: ${trouble}\n`);
  const title = dataset.synthetic ? `${dataset.name} (synthetic)` : dataset.name;
  const result = {
    dataset: dataset.name,
    ...(dataset.synthetic ? { synthetic: true } : {}),
    root: options.root,
    iou: LEAST_IOU,
    spotters: metrics,
    ...(strs ? { strs } : {}),
    troubles,
    notes: dataset.notes,
  };
  process.stdout.write(
    options.json
      ? `${JSON.stringify(result, undefined, 2)}\n`
      : spottingTable(title, metrics) +
          Object.entries(strs ?? {})
            .map(([of, score]) => strsLine(of, score))
            .join(''),
  );
  // After the metrics: what was reckoned for hours must not be lost to a full disk.
  if (options.curve !== undefined)
    await writeOutput(options.curve, await curvePicture(options.curve, `${title}: ${String(clips.length)} clips`, metrics));
  if (options.windows !== undefined) {
    await writeOutput(
      options.windows,
      `${JSON.stringify(
        clips.map(({ clip, result }) => ({ clip: clip.id, seconds: result.seconds, truth: clip.truth, spotted: result.spotted })),
        undefined,
        1,
      )}\n`,
    );
  }
}

/** Refuses outputs that are files of the data set or the settings. */
async function protectInputs({ root, config, curve, windows, signals }: Options, { clips }: Dataset): Promise<void> {
  const outputs: NamedOutput[] = [
    ...(curve === undefined ? [] : [{ option: '--curve', path: curve }]),
    ...(windows === undefined ? [] : [{ option: '--windows', path: windows }]),
  ];
  await checkNotWithin(root, outputs);
  if (signals !== undefined && (await realpath(signals).catch(() => undefined)) === (await realpath(root)))
    throw new CliError(`--signals ${signals} is the data set's own folder; name another`, { exitCode: 2 });
  const inputs = clips.flatMap(({ source }) => (source.kind === 'video' ? [source.path] : source.paths));
  // Thousands of pictures are looked at only where something is there that could be one of them under another name.
  await checkOutputs([...(config === undefined ? [] : [config]), ...(outputs.some(({ path }) => existsSync(path)) ? inputs : [])], outputs);
}

/** The detection-error curves in the form of the file's ending. */
async function curvePicture(path: string, title: string, metrics: SpottingEvaluation['spotters']): Promise<Uint8Array | string> {
  const svg = errorCurveSvg(title, Object.fromEntries(Object.entries(metrics).map(([of, { curve }]) => [of, curve])));
  return extname(path).toLowerCase() === '.png' ? await sharp(Buffer.from(svg), { density: PNG_DENSITY }).png().toBuffer() : svg;
}

/** STRS of each spotter with the language model of the settings. */
async function recognised(
  { spotters, clips }: SpottingEvaluation,
  counts: (truth: TruthEvent) => boolean,
  config: string | undefined,
): Promise<Record<string, SpotThenRecognise>> {
  const describer = await startDescriber(describerOptions(llmConfig({ emotion: true, ...(config === undefined ? {} : { config }) })));
  const pairs = await PicturePairs.start();
  try {
    const scores: Record<string, SpotThenRecognise> = {};
    for (const [name, { all }] of Object.entries(spotters)) {
      const truePositives = clips.flatMap(({ clip, result }) =>
        judgeClip(clip, result.seconds, result.spotted[name] ?? { windows: [] }, { counts }).kinds.micro.truePositives.map((hit) => ({
          clip,
          hit,
        })),
      );
      scores[name] = await spotThenRecognise(
        all.micro.f1,
        truePositives,
        (clip, onset, apex) => pairs.measure(clip, onset, apex),
        async (report) => {
          const { emotion } = await describer.describe(report, () => undefined, new AbortController().signal, { patient: true });
          return emotion?.label;
        },
      );
    }
    return scores;
  } finally {
    await pairs.close();
    await describer.close();
  }
}

/** The clips of the wanted groups. */
function chosen(dataset: Dataset, only: readonly string[], limit: number): Dataset {
  const wanted = only.map((pair) => {
    const [key, value] = pair.split('=', 2);
    if (key === undefined || value === undefined) throw new CliError(`--only ${pair}: expected group=value`, { exitCode: 2 });
    return { key, value };
  });
  const keys = [...new Set(wanted.map(({ key }) => key))];
  const clips = dataset.clips.filter(({ groups }) =>
    keys.every((key) => wanted.some((one) => one.key === key && one.value === groups[key])),
  );
  if (clips.length === 0) {
    const known = [...new Set(dataset.clips.flatMap(({ groups }) => Object.entries(groups).map(([key, value]) => `${key}=${value}`)))];
    throw new CliError(`--only ${only.join(' ')}: no clip is left; the groups are ${known.slice(0, 40).join(', ')}`, { exitCode: 2 });
  }
  return { ...dataset, clips: clips.slice(0, limit) };
}

function countsFrom(minPeak: number | undefined, minDuration: number | undefined): (truth: TruthEvent) => boolean {
  return ({ kind, peak, onset, offset }) =>
    kind !== 'micro' ||
    ((minPeak === undefined || (peak ?? Infinity) >= minPeak) && (minDuration === undefined || 1000 * (offset - onset) >= minDuration));
}
