import { basename } from 'node:path';
import { z } from 'zod';
import type { Dataset, DatasetClip, TruthEvent } from '../dataset.js';
import { DatasetError } from '../dataset-error.js';
import { videosIn } from '../folders.js';
import { readText } from '../text-file.js';

const seconds = z.number().nonnegative();

/** `NAME.json` beside a video; the shipped sample's has this form. */
const truthSchema = z.object({
  person: z.string().optional(),
  expressions: z.array(
    z
      .object({
        kind: z.string().default('micro'),
        onset: seconds,
        apex: seconds.optional(),
        offset: seconds,
        peak: z.number().optional(),
        aus: z.array(z.string()).default([]),
        side: z.enum(['left', 'right', 'both']).default('both'),
      })
      .refine(({ onset, apex, offset }) => offset > onset && (apex === undefined || (apex >= onset && apex <= offset)), {
        error: ({ input }) => `${inWords(input)}; onset, apex and offset must follow one another`,
      }),
  ),
  blinks: z
    .array(z.object({ start: seconds, end: seconds }).refine(({ start, end }) => end > start, 'start must come before end'))
    .default([]),
});

/**
 * A folder of plain videos: each is a clip of its own person. Truth stands in a `.json` of the video's name (seconds); a video without
 * one is taken to hold no expression, so that all that is found in it is a false alarm.
 */
export async function readVideos(root: string): Promise<Dataset> {
  const paths = await videosIn(root);
  if (paths.length === 0)
    throw new DatasetError(
      'dataset_incomplete',
      `${root} holds no video (.mp4, .m4v, .mov, .webm, .mkv, .avi, .mts, .mpg, .wmv and others)`,
    );
  const notes: string[] = [];
  const clips = await Promise.all(
    paths.map(async (path): Promise<DatasetClip> => {
      const truth = path.replace(/\.\w+$/, '.json');
      const text = await readText(truth).catch(() => undefined);
      if (text === undefined) notes.push(`${basename(path)} has no ${basename(truth)}: taken to hold no expression`);
      const { person, events } = text === undefined ? { person: undefined, events: [] } : parse(text, truth);
      return {
        id: basename(path),
        person: person ?? basename(path),
        source: { kind: 'video', path },
        truth: events,
        groups: { clip: basename(path) },
      };
    }),
  );
  return { name: 'videos', clips, notes: notes.sort() };
}

function parse(text: string, path: string): { person: string | undefined; events: TruthEvent[] } {
  const parsed = truthSchema.safeParse(json(text, path));
  if (!parsed.success)
    throw new DatasetError(
      'dataset_invalid',
      `${path} is not valid ground truth: ${parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}`,
    );
  const { person, expressions, blinks } = parsed.data;
  const events: TruthEvent[] = [
    ...expressions.map(({ kind, onset, apex, offset, peak, aus, side }) => ({
      kind,
      onset,
      offset,
      aus: aus.map((au) => ({ au, side })),
      ...(apex === undefined ? {} : { apex }),
      ...(peak === undefined ? {} : { peak }),
    })),
    ...blinks.map(({ start, end }) => ({ kind: 'blink', onset: start, offset: end, aus: [] })),
  ];
  return { person, events: events.sort((a, b) => a.onset - b.onset) };
}

/** The times of an expression, for the error. */
function inWords(expression: unknown): string {
  const { onset, apex, offset } = expression as { onset: number; apex?: number; offset: number };
  return `it goes from ${String(onset)}${apex === undefined ? '' : ` over ${String(apex)}`} to ${String(offset)} s`;
}

function json(text: string, path: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new DatasetError('dataset_invalid', `${path} is not valid JSON: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}
