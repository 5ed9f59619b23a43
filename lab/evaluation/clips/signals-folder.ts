import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { decodeSignals, encodeSignals, type MotionSample } from '../../../src/spotting/mod.js';
import type { ClipSource } from '../../datasets/mod.js';
import { EvaluationError } from '../evaluation-error.js';
import { nameOf } from './clip-source.js';
import { decodeFlowFeatures, encodeFlowFeatures, type FlowFeature } from '../../baselines/flow-features.js';
import type { MeasureOptions, MeasuredClip } from './measure-clip.js';

/** `NAME.clip.json`: written last, so that where it is, the clip is whole. */
const indexSchema = z.object({
  /**
   * Size in bytes and time of change (ms) of the video or of the first picture, and which pictures are missing: says whether the clip is
   * still the same.
   */
  source: z.object({
    size: z.number(),
    changed: z.number(),
    count: z.number(),
    fps: z.number().optional(),
    missing: z.string().optional(),
  }),
  clip: z.string(),
  frames: z.number(),
  seconds: z.number(),
  fps: z.number(),
  width: z.number(),
  height: z.number(),
  fault: z.string().optional(),
  faces: z.array(z.string()),
  flow: z.boolean().optional(),
});
type Index = z.infer<typeof indexSchema>;

/**
 * Measured clips on disk: `NAME.FACE.signals` for each face, `NAME.FACE.flow` with what the baselines need, and `NAME.clip.json`.
 *
 * What the meter measures changes with the program: a folder is to be thrown away with the version that filled it.
 */
export class SignalsFolder {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * The clip as it was measured before, or undefined where it was not, or not with all that is asked for, or the source has changed since.
   */
  async load(clip: string, source: ClipSource, options: MeasureOptions = {}): Promise<MeasuredClip | undefined> {
    const name = fileNameOf(clip);
    const text = await readFile(join(this.#folder, `${name}.clip.json`), 'utf8').catch(() => undefined);
    const parsed = text === undefined ? undefined : indexSchema.safeParse(json(text));
    if (!parsed?.success || !same(parsed.data.source, await identityOf(source))) return undefined;
    if (options.flow && !parsed.data.flow) return undefined;
    const { frames, seconds, fps, width, height, fault } = parsed.data;
    const faces = new Map<string, readonly MotionSample[]>();
    const flow = new Map<string, readonly FlowFeature[]>();
    for (const face of parsed.data.faces) {
      const signals = await this.#read(`${name}.${face}.signals`);
      if (!signals) return undefined;
      faces.set(face, decodeSignals(signals.bytes, signals.path).samples);
      if (!options.flow) continue;
      const features = await this.#read(`${name}.${face}.flow`);
      if (!features) return undefined;
      flow.set(face, decodeFlowFeatures(features.bytes, features.path));
    }
    return { frames, seconds, fps, width, height, faces, ...(options.flow ? { flow } : {}), ...(fault === undefined ? {} : { fault }) };
  }

  /** Writes a clip. @returns the paths of its signals files */
  async save(clip: string, source: ClipSource, measured: MeasuredClip): Promise<string[]> {
    await mkdir(this.#folder, { recursive: true });
    const name = fileNameOf(clip);
    const paths: string[] = [];
    for (const [face, samples] of measured.faces) {
      const path = join(this.#folder, `${name}.${face}.signals`);
      await writeWhole(path, encodeSignals({ clip, face, fps: measured.fps, samples }));
      paths.push(path);
    }
    for (const [face, features] of measured.flow ?? [])
      await writeWhole(join(this.#folder, `${name}.${face}.flow`), encodeFlowFeatures(clip, face, features));
    const { faces, flow, ...read } = measured;
    const index: Index = { source: await identityOf(source), clip, ...read, faces: [...faces.keys()], ...(flow ? { flow: true } : {}) };
    await writeWhole(join(this.#folder, `${name}.clip.json`), `${JSON.stringify(index, undefined, 2)}\n`);
    return paths;
  }

  async #read(name: string): Promise<{ readonly path: string; readonly bytes: Uint8Array } | undefined> {
    const path = join(this.#folder, name);
    const bytes = await readFile(path).catch(() => undefined);
    return bytes && { path, bytes };
  }
}

/** A clip's name as a file name. */
function fileNameOf(clip: string): string {
  return clip.replaceAll(/[^\w.+-]+/g, '_');
}

async function identityOf(source: ClipSource): Promise<Index['source']> {
  try {
    const { size, mtimeMs } = await stat(nameOf(source));
    return {
      size,
      changed: Math.round(mtimeMs),
      count: source.kind === 'video' ? 1 : source.paths.length,
      ...(source.fps === undefined ? {} : { fps: source.fps }),
      ...holesOf(source),
    };
  } catch (cause) {
    throw new EvaluationError('clip_unreadable', `${nameOf(source)} can't be found or read`, { cause });
  }
}

/** SHA-256 of the pictures' frames where some are missing. */
function holesOf(source: ClipSource): { missing?: string } {
  if (source.kind === 'video' || source.frames === undefined || source.frames.at(-1) === source.frames.length - 1) return {};
  return { missing: createHash('sha256').update(source.frames.join()).digest('hex') };
}

function same(a: Index['source'], b: Index['source']): boolean {
  return a.size === b.size && a.changed === b.changed && a.count === b.count && a.fps === b.fps && a.missing === b.missing;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** A file that appears under its name only when it is whole. */
async function writeWhole(path: string, data: string | Uint8Array): Promise<void> {
  try {
    await writeFile(`${path}.part`, data, { flush: true });
    await rename(`${path}.part`, path);
  } catch (cause) {
    await rm(`${path}.part`, { force: true });
    throw new EvaluationError(
      'signals_unwritable',
      `cannot write ${path} (${(cause as NodeJS.ErrnoException).code ?? 'unknown'}); check the folder and the room on its disk`,
      { cause },
    );
  }
}
