import { SingleBar } from 'cli-progress';
import type { Command } from 'commander';
import { ExpressionLibrary, LIGHTS, PathCache, REAL_SPLITS } from '../evaluation/real/mod.js';
import { loadFaceModels } from '../../src/face/mod.js';
import { CliError } from '../../src/cli/cli-error.js';
import { flowPart } from './real/flow-part.js';
import { intensityPart } from './real/intensity-part.js';
import { meterPart } from './real/meter-part.js';
import { namingPart } from './real/naming-part.js';
import { chosenClips, conditionsOf, seedsOf, type RealOptions, type RealPart } from './real/real-options.js';
import { spottingPart } from './real/spotting-part.js';

const PARTS: Readonly<Record<string, RealPart>> = {
  meter: meterPart,
  spotting: spottingPart,
  naming: namingPart,
  intensity: intensityPart,
  flow: flowPart,
};

/** `eval real --part PART`: the product on recordings of real people, against exact truth that was warped into them. */
export function register(evalCommand: Command): void {
  evalCommand
    .command('real')
    .description('recordings of real people, split by person, with expressions of known size warped into them')
    .requiredOption('--part <name>', `what to measure: ${Object.keys(PARTS).join(', ')}`)
    .option('--root <dir>', 'the data folder, with people/ and expressions/ (default $MELLM_DATA or ../shared/data)')
    .option('--split <name>', `which people: ${REAL_SPLITS.join(', ')}`, 'test')
    .option('--clips <names>', 'only clips whose names contain one of these, with commas')
    .option('--limit <n>', 'at most so many clips')
    .option('--seed <n>', 'draws other expressions', '1')
    .option('--seeds <n>', 'so many draws of each clip, from --seed on', '1')
    .option(
      '--encoder <name>',
      'what all streams are encoded with before they are measured: none, h264:crf17, h264:1500k, vp8:300k',
      'h264:crf17',
    )
    .option('--light <name>', `in which light: ${LIGHTS.join(', ')}`, 'none')
    .option('--fps <n>', 'frames a second at most')
    .option(
      '--spotter <names>',
      'spotting: which spotters, as in eval spotting, and matched (a matched filter on the same signals)',
      'learned,rule,matched',
    )
    .option('--strips <dir>', 'spotting: write a picture of every alert on the untouched clips')
    .option('--signals <dir>', 'spotting: write the motion signals and the truth, to train the spotter on')
    .option('--no-windows', 'naming: labelled moments only, not every moment of neutral faces')
    .option('--cache <dir>', 'where tracked clips are stored', '.cache/real')
    .option('--json', 'one JSON object')
    .action(run);
}

async function run(options: RealOptions): Promise<void> {
  const part = Object.hasOwn(PARTS, options.part) ? PARTS[options.part] : undefined;
  if (!part) throw new CliError(`--part ${options.part}: expected ${Object.keys(PARTS).join(', ')}`, { exitCode: 2 });
  const conditions = conditionsOf(options),
    seeds = seedsOf(options);
  const bar = process.stderr.isTTY
    ? new SingleBar({ format: '{bar} {percentage}% | {value}/{total} | {eta_formatted}', stream: process.stderr, clearOnComplete: true })
    : undefined;
  const models = loadFaceModels();
  let started = false;
  const onProgress = (done: number, total: number): void => {
    if (started) bar?.update(done);
    else {
      started = true;
      bar?.start(total, done);
    }
  };
  try {
    const { json, text } = await part(
      {
        models,
        library: new ExpressionLibrary(),
        chosen: () => chosenClips(options),
        conditions,
        seeds,
        cache: new PathCache(options.cache),
        onProgress,
      },
      options,
    );
    bar?.stop();
    const { split, encoder, light, fps } = options;
    const about = { part: options.part, split, seeds, encoder, light, fps: fps ?? null };
    process.stdout.write(options.json ? `${JSON.stringify({ ...about, ...json }, undefined, 1)}\n` : text);
  } finally {
    bar?.stop();
    models.close();
  }
}
