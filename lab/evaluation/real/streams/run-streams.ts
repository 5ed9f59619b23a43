import type { AlignedFace, FaceModels } from '../../../../src/face/mod.js';
import type { Frame } from '../../../../src/ingest/contract.js';
import type { Injection } from '../injections/draw-injections.js';
import { PlacedField } from '../injections/placed-field.js';
import { warpFrame } from '../injections/warp-frame.js';
import { frameAt, isSeen, pointsAt, type FacePath } from '../track/face-path.js';
import { Chain } from './chain.js';
import type { Encoding } from './encoder-name.js';
import { readEvenFrames } from './even-frames.js';
import { relit, type Light } from './light.js';

/** What the frames go through before they are measured. */
export interface Conditions {
  readonly encoding: Encoding;
  readonly light: Light;
  /** Frames a second at most; faster clips lose frames. */
  readonly fps: number | undefined;
}

/** The same clip through the same chain, untouched and with each set of injections. */
export interface Streams {
  readonly plain: Chain;
  /** In the order of the sets. */
  readonly warped: readonly Chain[];
  /** Frames that all were given: index and media seconds. */
  readonly frames: readonly { readonly index: number; readonly t: number }[];
  readonly fps: number;
}

/** The field of what is being injected at a moment, on the face as it is then. */
export function placedAt(path: FacePath, injections: readonly Injection[], t: number): PlacedField | undefined {
  const injection = injections.find(({ pulse }) => t > pulse.start && t < pulse.end);
  const frame = frameAt(path, t);
  return injection && isSeen(path, frame) ? new PlacedField(injection, pointsAt(path, frame), injection.pulse.at(t)) : undefined;
}

/**
 * Runs a clip, and the clip with each set of expressions warped into it, through tracker and meter. @param onFace called with the watched
 * face of the untouched clip
 */
export async function runStreams(
  models: FaceModels,
  clip: string,
  path: FacePath,
  sets: readonly (readonly Injection[])[],
  { encoding, light, fps }: Conditions,
  onFace?: (face: AlignedFace) => void,
): Promise<Streams> {
  const rate = Math.min(fps ?? Infinity, path.fps);
  const where = (t: number): Float32Array | undefined => {
    const frame = frameAt(path, t);
    return isSeen(path, frame) ? pointsAt(path, frame) : undefined;
  };
  const options = { encoding, width: path.width, height: path.height, fps: rate };
  const plain = new Chain(models, where, { ...options, ...(onFace ? { onFace } : {}) });
  const warped = sets.map(() => new Chain(models, where, options));
  const frames: { index: number; t: number }[] = [];
  await readEvenFrames(clip, (read) => {
    if (isLeftOut(read, rate, frames.at(-1)?.t)) return;
    const frame = { ...read, index: frames.length };
    frames.push({ index: frame.index, t: frame.t });
    plain.push(relit(frame, light));
    sets.forEach((injections, i) => {
      const field = placedAt(path, injections, frame.t);
      warped[i]?.push(relit(field ? warpFrame(frame, field) : frame, light));
    });
  });
  for (const chain of [plain, ...warped]) chain.close();
  return { plain, warped, frames, fps: rate };
}

/** Whether a frame comes too soon after the last for the wanted rate. */
function isLeftOut({ t }: Frame, rate: number, last: number | undefined): boolean {
  return last !== undefined && Math.floor(t * rate + 0.01) === Math.floor(last * rate + 0.01);
}
