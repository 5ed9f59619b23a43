import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const counts = z.record(z.string(), z.number());

/**
 * What a batch writes of a recording last, when all its results are written: what they were made from and how, so that a paper can cite it
 * and a second run can skip it.
 */
const sidecarSchema = z.object({
  program: z.string(),
  file: z.object({ name: z.string(), bytes: z.number(), sha256: z.string() }),
  video: z.object({ width: z.number(), height: z.number(), codec: z.string() }),
  start: z.number(),
  duration: z.number(),
  fps: z.number().optional(),
  frames: counts,
  sources: z.object({ flow: counts, text: counts }),
  complete: z.boolean(),
  warnings: z.array(z.string()),
  /** Path as it was given to the batch. */
  path: z.string(),
  /** Names of the results beside this file. */
  outputs: z.array(z.string()),
  made_with: z.object({
    version: z.string(),
    models: z.array(z.string()),
    settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  }),
  summary: z.object({
    micro: z.number(),
    macro: z.number(),
    /** Alerts a minute of video with a face. */
    micro_per_minute: z.number().nullable(),
    macro_per_minute: z.number().nullable(),
    /** Share of the frames with a face. */
    coverage: z.number().nullable(),
    /** Mean quality of the face where there was one. */
    quality: z.number().nullable(),
    /** Seconds in which a face could not be spotted on, by its fault. */
    faults_s: counts,
  }),
});
export type Sidecar = z.infer<typeof sidecarSchema>;

export const sidecarName = (stem: string): string => `${stem}.meta.json`;

/** The sidecar of an earlier run; undefined where there is none, or it can't be read. */
export async function readSidecar(path: string): Promise<Sidecar | undefined> {
  try {
    return sidecarSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Whether an earlier result is that of the same content, program, models and settings, with the same files. */
export function isSameWork(before: Sidecar, now: Pick<Sidecar, 'outputs' | 'made_with' | 'fps'> & { readonly sha256: string }): boolean {
  return (
    before.complete &&
    before.file.sha256 === now.sha256 &&
    before.fps === now.fps &&
    JSON.stringify([before.outputs, sorted(before.made_with)]) === JSON.stringify([now.outputs, sorted(now.made_with)])
  );
}

function sorted({ version, models, settings }: Sidecar['made_with']): unknown {
  return [version, [...models].sort(), Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1))];
}
