import type { MeasuredClip } from '../../clips/measure-clip.js';
import type { Chain } from '../streams/chain.js';
import type { Streams } from '../streams/run-streams.js';
import type { FacePath } from '../track/face-path.js';

/** One of the streams as a measured clip, which spotters take and signals folders store. */
export function measured({ width, height }: FacePath, { frames, fps }: Streams, { samples }: Chain): MeasuredClip {
  return { frames: frames.length, seconds: (frames.at(-1)?.t ?? 0) + 1 / fps, fps, width, height, faces: samples };
}
