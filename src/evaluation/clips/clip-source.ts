import { healthWarnings, readFile as readVideo, frameOfRgb } from '../../ingest/mod.js';
import type { Frame } from '../../ingest/frame.js';
import sharp from 'sharp';
import type { ClipSource } from '../../datasets/mod.js';
import { EvaluationError } from '../evaluation-error.js';

/** What was read of a clip. */
export interface ClipRead {
  readonly frames: number;
  /** Length in media seconds: time of the last frame, and one frame more; of pictures, of those that are there. */
  readonly seconds: number;
  /** Nominal frames a second. */
  readonly fps: number;
  readonly width: number;
  readonly height: number;
  /** Why a part of it could not be read. */
  readonly fault?: string;
}

/** Reads every frame of a clip in order. Blocks the thread while it reads a video. @throws {EvaluationError} `clip_unreadable` */
export async function readClip(source: ClipSource, onFrame: (frame: Frame) => void): Promise<ClipRead> {
  let last: Frame | undefined;
  let frames = 0;
  const take = (frame: Frame): boolean => {
    frames++;
    last = frame;
    onFrame(frame);
    return true;
  };
  let fps = source.fps;
  let fault: string | undefined;
  if (source.kind === 'images') await readImages(source, take);
  else {
    const read = video(source, take);
    fault = [...read.fault === undefined ? [] : [read.fault], ...healthWarnings(read.health)].join('; ') || undefined;
    fps ??= read.info.fps;
  }
  if (last === undefined) throw new EvaluationError('clip_unreadable', `${nameOf(source)} has no frame that can be read`);
  fps ??= last.t > 0 ? (frames - 1) / last.t : 30;
  return { frames, seconds: source.kind === 'images' ? frames / fps : last.t + 1 / fps, fps, width: last.width, height: last.height, ...(fault === undefined ? {} : { fault }) };
}

function video(source: ClipSource & { kind: 'video' }, onFrame: (frame: Frame) => boolean): ReturnType<typeof readVideo> {
  try {
    return readVideo(source.path, { onFrame, ...(source.fps === undefined ? {} : { fps: source.fps }) });
  } catch (cause) {
    throw new EvaluationError('clip_unreadable', cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

async function readImages({ paths, fps, frames }: ClipSource & { kind: 'images' }, onFrame: (frame: Frame) => boolean): Promise<void> {
  let next = read(paths[0]);
  for (let i = 0; i < paths.length; i++) {
    const { data, info } = (await next) ?? {};
    // The next picture is read while this one is looked at.
    next = read(paths[i + 1]);
    // A missing picture is a dropped frame.
    const index = frames?.[i] ?? i;
    if (data && info) onFrame(frameOfRgb(data, info.width, info.height, { index, t: index / fps }));
  }
}

type Picture = { readonly data?: Uint8Array; readonly info?: { readonly width: number; readonly height: number } };

async function read(path: string | undefined): Promise<Picture | undefined> {
  if (path === undefined) return undefined;
  try {
    return await sharp(path).rotate().removeAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  } catch (cause) {
    throw new EvaluationError('clip_unreadable', `${path} is no picture that can be read (${cause instanceof Error ? cause.message.split('\n')[0] ?? '' : String(cause)})`, { cause });
  }
}

/** Path of the picture that is nearest to a moment of a clip, seconds. */
export function pictureAt({ paths, fps, frames }: ClipSource & { kind: 'images' }, seconds: number): string {
  const away = paths.map((_, i) => Math.abs((frames?.[i] ?? i) - seconds * fps));
  let nearest = 0;
  away.forEach((distance, i) => { if (distance < (away[nearest] ?? 0)) nearest = i; });
  return paths[nearest] ?? '';
}

/** Said in errors. */
export function nameOf(source: ClipSource): string {
  return source.kind === 'video' ? source.path : source.paths[0] ?? 'a clip without pictures';
}
