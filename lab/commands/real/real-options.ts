import { EvaluationError } from '../../evaluation/mod.js';
import {
  encodingNamed,
  LIGHTS,
  REAL_SPLITS,
  realClips,
  type Conditions,
  type ExpressionLibrary,
  type Light,
  type PathCache,
  type RealClip,
  type RealSplit,
} from '../../evaluation/real/mod.js';
import type { FaceModels } from '../../../src/face/mod.js';
import { CliError } from '../../../src/cli/cli-error.js';
import { countOption, numberOption } from '../../../src/cli/number-option.js';

/** What stands on the command line. */
export interface RealOptions {
  readonly part: string;
  readonly root?: string;
  readonly split: string;
  readonly clips?: string;
  readonly limit?: string;
  readonly seed: string;
  readonly seeds: string;
  readonly encoder: string;
  readonly light: string;
  readonly fps?: string;
  readonly spotter: string;
  readonly strips?: string;
  readonly signals?: string;
  readonly cache: string;
  readonly windows: boolean;
  readonly json?: boolean;
}

/** What every part needs. */
interface RealRun {
  readonly models: FaceModels;
  readonly library: ExpressionLibrary;
  /** The recordings that were asked for. */
  readonly chosen: () => Promise<readonly RealClip[]>;
  readonly conditions: Conditions;
  readonly seeds: readonly number[];
  readonly cache: PathCache;
  readonly onProgress: (done: number, total: number) => void;
}

/** One thing that is measured; its metrics for programs and for people. */
export type RealPart = (run: RealRun, options: RealOptions) => Promise<{ readonly json: object; readonly text: string }>;

export function conditionsOf({ encoder, light, fps }: RealOptions): Conditions {
  if (!LIGHTS.some((name) => name === light)) throw new CliError(`--light ${light}: expected ${LIGHTS.join(', ')}`, { exitCode: 2 });
  try {
    return { encoding: encodingNamed(encoder), light: light as Light, fps: numberOption('--fps', fps, 1) };
  } catch (error) {
    if (error instanceof EvaluationError) throw new CliError(error.message, { exitCode: 2, cause: error });
    throw error;
  }
}

export function seedsOf({ seed, seeds }: RealOptions): number[] {
  const first = countOption('--seed', seed) ?? 1;
  return Array.from({ length: countOption('--seeds', seeds) ?? 1 }, (_, i) => first + i);
}

/** The data folder. */
export function rootOf({ root }: RealOptions): string {
  return root ?? process.env['MELLM_DATA'] ?? '../shared/data';
}

export async function chosenClips(options: RealOptions): Promise<RealClip[]> {
  const { split, clips: names, limit } = options;
  if (!REAL_SPLITS.some((name) => name === split))
    throw new CliError(`--split ${split}: expected ${REAL_SPLITS.join(', ')}`, { exitCode: 2 });
  const wanted = names
    ?.split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const all = await realClips(rootOf(options), split as RealSplit);
  const clips = all
    .filter(({ name }) => wanted?.some((part) => name.includes(part)) ?? true)
    .slice(0, countOption('--limit', limit) ?? Infinity);
  if (clips.length === 0)
    throw new CliError(
      `--clips ${names ?? ''}: no clip of the ${split} people is called that; there are ${all.map(({ name }) => name).join(', ')}`,
      { exitCode: 2 },
    );
  return clips;
}
