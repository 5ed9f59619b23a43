import { SingleBar } from 'cli-progress';
import type { Command } from 'commander';
import {
  encodingNamed, evaluateMeter, ExpressionLibrary, LIGHTS, PathCache, REAL_SPLITS, realClips, type Conditions, type Light, type RealClip, type RealSplit,
} from '../evaluation/real/mod.js';
import { EvaluationError } from '../evaluation/mod.js';
import { loadFaceModels } from '../face/mod.js';
import { prepareModels } from '../inference/mod.js';
import { CliError } from './cli-error.js';
import { countOption, numberOption } from './number-option.js';
import { meterTable } from './real-tables.js';

const PARTS = ['meter'] as const;

interface Options {
  part: string;
  root?: string;
  split: string;
  clips?: string;
  limit?: string;
  seed?: string;
  encoder: string;
  light: string;
  fps?: string;
  cache: string;
  json?: boolean;
}

/** `eval real --part PART`: the product on recordings of real people, against exact truth that was warped into them. */
export function register(evalCommand: Command): void {
  evalCommand.command('real').description('recordings of real people, split by person, with expressions of known size warped into them')
    .requiredOption('--part <name>', `what to measure: ${PARTS.join(', ')}`)
    .option('--root <dir>', 'the data folder, with people/ (default $MELLM_DATA or ../shared/data)')
    .option('--split <name>', `which people: ${REAL_SPLITS.join(', ')}`, 'test')
    .option('--clips <names>', 'only clips whose names contain one of these, with commas')
    .option('--limit <n>', 'at most so many clips')
    .option('--seed <n>', 'draws other expressions', '1')
    .option('--encoder <name>', 'what both streams are encoded with before they are measured: none, h264:crf17, h264:1500k, vp8:300k', 'h264:crf17')
    .option('--light <name>', `in which light: ${LIGHTS.join(', ')}`, 'none')
    .option('--fps <n>', 'frames a second at most')
    .option('--cache <dir>', 'where tracked clips are stored', '.cache/real')
    .option('--json', 'one JSON object')
    .action(run);
}

async function run(options: Options): Promise<void> {
  if (!PARTS.some((part) => part === options.part)) throw new CliError(`--part ${options.part}: expected ${PARTS.join(', ')}`, { exitCode: 2 });
  const conditions = conditionsOf(options);
  const clips = await chosenClips(options);
  const seed = countOption('--seed', options.seed) ?? 1;
  const bar = process.stderr.isTTY ? new SingleBar({ format: '{bar} {percentage}% | {value}/{total} clips | {eta_formatted}', stream: process.stderr, clearOnComplete: true }) : undefined;
  bar?.start(clips.length, 0);
  const models = loadFaceModels(await prepareModels());
  try {
    const evaluation = await evaluateMeter(models, new ExpressionLibrary(), clips, { conditions, seed, cache: new PathCache(options.cache), onClip: (done) => { bar?.update(done); } });
    bar?.stop();
    const { part, split, encoder, light, fps } = options;
    process.stdout.write(options.json ? `${JSON.stringify({ part, split, seed, encoder, light, fps: fps ?? null, ...evaluation }, undefined, 1)}\n` : meterTable(evaluation));
  } finally {
    bar?.stop();
    models.close();
  }
}

function conditionsOf({ encoder, light, fps }: Options): Conditions {
  if (!LIGHTS.some((name) => name === light)) throw new CliError(`--light ${light}: expected ${LIGHTS.join(', ')}`, { exitCode: 2 });
  try {
    return { encoding: encodingNamed(encoder), light: light as Light, fps: numberOption('--fps', fps, 1) };
  } catch (error) {
    if (error instanceof EvaluationError) throw new CliError(error.message, { exitCode: 2, cause: error });
    throw error;
  }
}

async function chosenClips({ root, split, clips: names, limit }: Options): Promise<RealClip[]> {
  if (!REAL_SPLITS.some((name) => name === split)) throw new CliError(`--split ${split}: expected ${REAL_SPLITS.join(', ')}`, { exitCode: 2 });
  const wanted = names?.split(',').map((name) => name.trim()).filter((name) => name !== '');
  const all = await realClips(root ?? process.env['MELLM_DATA'] ?? '../shared/data', split as RealSplit);
  const clips = all.filter(({ name }) => wanted?.some((part) => name.includes(part)) ?? true).slice(0, countOption('--limit', limit) ?? Infinity);
  if (clips.length === 0) throw new CliError(`--clips ${names ?? ''}: no clip of the ${split} people is called that; there are ${all.map(({ name }) => name).join(', ')}`, { exitCode: 2 });
  return clips;
}
