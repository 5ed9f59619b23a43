import type { AlignedFace, FaceModels } from '../../../face/mod.js';
import type { Frame } from '../../../ingest/frame.js';
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

/** The same clip twice through the same chain. */
export interface StreamPair {
  readonly plain: Chain;
  readonly warped: Chain;
  /** Frames that both were given: index and media seconds. */
  readonly frames: readonly { readonly index: number; readonly t: number }[];
  readonly fps: number;
}

/** The field of what is being injected at a moment, on the face as it is then. */
export function placedAt(path: FacePath, injections: readonly Injection[], t: number): PlacedField | undefined {
  const injection = injections.find(({ pulse }) => t > pulse.start && t < pulse.end);
  const frame = frameAt(path, t);
  return injection && isSeen(path, frame) ? new PlacedField(injection, pointsAt(path, frame), injection.pulse.at(t)) : undefined;
}

/** Runs a clip, and the clip with the expressions warped into it, through tracker and meter. */
export async function runPair(
  models: FaceModels, clip: string, path: FacePath, injections: readonly Injection[],
  { encoding, light, fps }: Conditions, onFace: { readonly plain?: (face: AlignedFace) => void; readonly warped?: (face: AlignedFace) => void } = {},
): Promise<StreamPair> {
  const rate = Math.min(fps ?? Infinity, path.fps);
  const where = (t: number): Float32Array | undefined => {
    const frame = frameAt(path, t);
    return isSeen(path, frame) ? pointsAt(path, frame) : undefined;
  };
  const options = { encoding, width: path.width, height: path.height, fps: rate };
  const plain = new Chain(models, where, { ...options, ...(onFace.plain ? { onFace: onFace.plain } : {}) });
  const warped = new Chain(models, where, { ...options, ...(onFace.warped ? { onFace: onFace.warped } : {}) });
  const frames: { index: number; t: number }[] = [];
  await readEvenFrames(clip, (read) => {
    if (isLeftOut(read, rate, frames.at(-1)?.t)) return;
    const frame = { ...read, index: frames.length };
    frames.push({ index: frame.index, t: frame.t });
    const field = placedAt(path, injections, frame.t);
    plain.push(relit(frame, light));
    warped.push(relit(field ? warpFrame(frame, field) : frame, light));
  });
  plain.close();
  warped.close();
  return { plain, warped, frames, fps: rate };
}

/** Whether a frame comes too soon after the last for the wanted rate. */
function isLeftOut({ t }: Frame, rate: number, last: number | undefined): boolean {
  return last !== undefined && Math.floor(t * rate + 0.01) === Math.floor(last * rate + 0.01);
}
