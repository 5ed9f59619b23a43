import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { EvaluationError } from '../../evaluation-error.js';

const schema = z.array(
  z.object({
    name: z.string(),
    person: z.string(),
    category: z.string(),
    usable_as: z.string(),
    duration_s: z.number(),
    fps: z.number(),
    aus_expected: z.array(z.number()),
    events: z.array(
      z.object({
        start_s: z.number(),
        peak_s: z.number(),
        end_s: z.number().nullish(),
        what: z.string(),
        aus: z.array(z.number()).optional(),
      }),
    ),
  }),
);

/** A pair of moments of a labelled clip, and what is to be named. */
export interface Moment {
  readonly clip: string;
  readonly path: string;
  readonly person: string;
  /** `event`, `speech` (an expression during speech), `null` (a neutral face that moves or blinks), `window` (any .2 s of such a clip). */
  readonly kind: 'event' | 'speech' | 'null' | 'window';
  readonly what: string;
  /** Seconds: the last neutral frame, and the frame half way up to the peak. */
  readonly onset: number;
  readonly apex: number;
  /** Seconds: the strongest frame; of a window its end. */
  readonly peak: number;
  /** Action units by eye. */
  readonly aus: readonly number[];
  /** The category of a clear expression. */
  readonly category?: 'negative' | 'positive' | 'surprise';
}

/** Length of a null window, and from one to the next, s. */
const WINDOW = 0.2;
const STEP = 0.4;
const CLEAR = ['negative', 'positive', 'surprise'] as const;

/** What `expressions/` in the data folder has to name. @throws {EvaluationError} `clip_unreadable` where its manifest is not there */
export async function labelledMoments(root: string): Promise<Moment[]> {
  const folder = join(root, 'expressions');
  let clips: z.infer<typeof schema>;
  try {
    clips = schema.parse(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')));
  } catch (cause) {
    throw new EvaluationError('clip_unreadable', `${folder} has no readable manifest.json; --root says where the data folder is`, {
      cause,
    });
  }
  return clips.flatMap((clip): Moment[] => {
    const { name, person, usable_as: use, aus_expected: aus, events, duration_s: seconds } = clip;
    if (use !== 'event' && use !== 'speech' && use !== 'null') return [];
    const common = { clip: name, path: join(folder, `${name}.mp4`), person };
    const category = CLEAR.find((label) => label === clip.category && use === 'event');
    const moments = events.map(({ start_s: start, peak_s: peak, what, aus: own }): Moment => ({
      ...common,
      kind: use,
      what,
      onset: start,
      apex: (start + peak) / 2,
      peak,
      aus: own ?? aus,
      ...(category ? { category } : {}),
    }));
    const windows =
      use === 'null'
        ? Array.from({ length: Math.floor((seconds - WINDOW) / STEP) }, (_, i): Moment => ({
            ...common,
            kind: 'window',
            what: 'any moment',
            onset: i * STEP,
            apex: i * STEP + WINDOW,
            peak: i * STEP + WINDOW,
            aus,
          }))
        : [];
    return [...moments, ...windows];
  });
}
