import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { POINTS, type FacePath } from './face-path.js';

/** Changes when landmarks of the same file would come out otherwise. */
const VERSION = 1;

/** Tracked clips on disk, so that only the first run over a clip has to look for its face. */
export class PathCache {
  constructor(private readonly folder: string) {}

  /** The path of the clip's face, from the cache or by `track`. */
  async get(clip: string, track: () => Promise<FacePath>): Promise<FacePath> {
    const { size, mtimeMs } = await stat(clip);
    const key = createHash('sha256')
      .update([VERSION, basename(clip), size, Math.round(mtimeMs)].join())
      .digest('hex')
      .slice(0, 16);
    const file = join(this.folder, `${basename(clip)}.${key}.path`);
    const known = await readFile(file).catch(() => undefined);
    if (known) return decode(known);
    const path = await track();
    await mkdir(this.folder, { recursive: true });
    await writeFile(`${file}.${String(process.pid)}.part`, encode(path));
    await rename(`${file}.${String(process.pid)}.part`, file);
    return path;
  }
}

function encode({ width, height, fps, times, points }: FacePath): Buffer {
  const head = Float64Array.of(width, height, fps, times.length);
  return Buffer.concat([head, times, points].map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)));
}

function decode(bytes: Buffer): FacePath {
  const aligned = new Uint8Array(bytes).buffer;
  const [width = 0, height = 0, fps = 0, frames = 0] = new Float64Array(aligned, 0, 4);
  return {
    width,
    height,
    fps,
    times: new Float64Array(aligned, 32, frames),
    points: new Float32Array(aligned, 32 + 8 * frames, frames * POINTS),
  };
}
