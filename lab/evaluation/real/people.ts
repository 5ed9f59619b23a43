import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { EvaluationError } from '../evaluation-error.js';
import split from './split.json' with { type: 'json' };

export type RealSplit = keyof typeof split;
export const REAL_SPLITS = Object.keys(split) as RealSplit[];

const manifestSchema = z.array(
  z.object({
    name: z.string(),
    person: z.string(),
    fps: z.number(),
    skin: z.string().default('unknown'),
    glasses: z.boolean().default(false),
    use: z.enum(['train', 'measure']),
  }),
);

/** A recording of one person. */
export interface RealClip {
  readonly name: string;
  readonly path: string;
  readonly person: string;
  /** As the manifest says: light, medium, dark, …. */
  readonly skin: string;
  readonly glasses: boolean;
  /** Whether its terms let anything be trained on it. */
  readonly use: 'train' | 'measure';
}

/**
 * The clips of a split of `people/` in the data folder, in the order of their names.
 *
 * @throws {EvaluationError} `dataset_unreadable` where the folder or its manifest is not there
 */
export async function realClips(root: string, of: RealSplit): Promise<RealClip[]> {
  const folder = join(root, 'people');
  let manifest: z.infer<typeof manifestSchema>;
  try {
    manifest = manifestSchema.parse(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')));
  } catch (cause) {
    throw new EvaluationError('clip_unreadable', `${folder} has no readable manifest.json; --root says where the data folder is`, {
      cause,
    });
  }
  const people = new Set(split[of]);
  const clips = manifest
    .filter(({ person }) => people.has(person))
    .map(({ name, person, skin, glasses, use }) => ({ name, path: join(folder, name), person, skin, glasses, use }));
  await Promise.all(clips.map(async ({ path }) => access(path)));
  return clips.sort((a, b) => a.name.localeCompare(b.name));
}
