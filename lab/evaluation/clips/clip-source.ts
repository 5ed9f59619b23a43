import { readFile } from 'node:fs/promises';
import { decodeBmp, isBmp } from '../../../src/flow/mod.js';
import { readFile as readVideo } from '../../../src/ingest/file/read-file.js';
import { healthWarnings, frameOfRgb } from '../../../src/ingest/mod.js';
import type { Frame } from '../../../src/ingest/contract.js';
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
  if (source.kind === 'images') fault = await readImages(source, take);
  else {
    const read = video(source, take);
    fault = [...(read.fault === undefined ? [] : [read.fault]), ...healthWarnings(read.health)].join('; ') || undefined;
    fps ??= read.info.fps;
  }
  if (last === undefined) throw new EvaluationError('clip_unreadable', `${nameOf(source)} has no frame that can be read`);
  fps ??= last.t > 0 ? (frames - 1) / last.t : 30;
  return {
    frames,
    seconds: source.kind === 'images' ? frames / fps : last.t + 1 / fps,
    fps,
    width: last.width,
    height: last.height,
    ...(fault === undefined ? {} : { fault }),
  };
}

function video(source: ClipSource & { kind: 'video' }, onFrame: (frame: Frame) => boolean): ReturnType<typeof readVideo> {
  try {
    return readVideo(source.path, { onFrame, ...(source.fps === undefined ? {} : { fps: source.fps }) });
  } catch (cause) {
    throw new EvaluationError('clip_unreadable', cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** A picture that can't be read is a dropped frame, like one that is missing. @returns which could not, or undefined */
async function readImages(
  { paths, fps, frames }: ClipSource & { kind: 'images' },
  onFrame: (frame: Frame) => boolean,
): Promise<string | undefined> {
  const faults: string[] = [];
  let next = read(paths[0]);
  for (let i = 0; i < paths.length; i++) {
    const picture = await next;
    // The next picture is read while this one is looked at.
    next = read(paths[i + 1]);
    const index = frames?.[i] ?? i;
    if ('fault' in picture) faults.push(picture.fault);
    else onFrame(frameOfRgb(picture.data, picture.width, picture.height, { index, t: index / fps }));
  }
  if (faults.length === paths.length && faults[0] !== undefined) throw new EvaluationError('clip_unreadable', faults[0]);
  return faults.length === 0
    ? undefined
    : `${String(faults.length)} of ${String(paths.length)} pictures can't be read and are left out: ${faults[0] ?? ''}`;
}

type Picture = { readonly data: Uint8Array; readonly width: number; readonly height: number } | { readonly fault: string };

async function read(path: string | undefined): Promise<Picture> {
  if (path === undefined) return { fault: 'no picture' };
  try {
    const bytes = await readFile(path);
    if (isBmp(bytes)) return decodeBmp(bytes, path);
    const { data, info } = await sharp(bytes).rotate().removeAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
    return { data, width: info.width, height: info.height };
  } catch (cause) {
    return {
      fault: `${path} is not a readable picture (${cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)})`,
    };
  }
}

/** Path of the picture that is nearest to a moment of a clip, seconds. */
export function pictureAt({ paths, fps, frames }: ClipSource & { kind: 'images' }, seconds: number): string {
  const away = paths.map((_, i) => Math.abs((frames?.[i] ?? i) - seconds * fps));
  let nearest = 0;
  away.forEach((distance, i) => {
    if (distance < (away[nearest] ?? 0)) nearest = i;
  });
  return paths[nearest] ?? '';
}

/** Said in errors. */
export function nameOf(source: ClipSource): string {
  return source.kind === 'video' ? source.path : (source.paths[0] ?? 'a clip without pictures');
}
