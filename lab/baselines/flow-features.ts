import { CROP_EYES, CROP_SIZE, type AlignedFace } from '../../src/face/mod.js';
import { decodeTable, encodeTable, SignalsError, type Column } from '../../src/spotting/mod.js';
import { DenseLucasKanade, halved, type DenseFlow } from './dense-flow.js';
import { directionalDifference } from './main-direction.js';
import { meanStrain } from './optical-strain.js';

/** Half of the crop: faces are then about 70 px wide, in the order of the pictures that the methods were published on. */
const SIZE = CROP_SIZE / 2;
const SCALE = 0.5;
/** Seconds from head to current and from current to tail frame in MDMD: 12 frames at 30 fps, 80 at 200. */
export const MDMD_STEP = 0.4;
/** Seconds between the frames of the strain: half a typical micro-expression, 6 frames at 30 fps. */
export const STRAIN_STEP = 0.2;
/** The nose, whose motion is the head's: half-crop px around the point under the eyes. */
const NOSE = {
  x0: SCALE * CROP_EYES.centreX - 5,
  x1: SCALE * CROP_EYES.centreX + 5,
  y0: SCALE * (CROP_EYES.centreY + 22),
  y1: SCALE * (CROP_EYES.centreY + 42),
};

/** What the baselines see of one face at one frame. */
export interface FlowFeature {
  readonly t: number;
  readonly index: number;
  /**
   * MDMD's maximal difference in the main direction, of the frame `MDMD_STEP` ago with this one as the tail, px of the crop; NaN before
   * there are frames enough.
   */
  readonly difference: number;
  /** Mean optical strain between the frame `STRAIN_STEP` ago and this one; NaN before. */
  readonly strain: number;
}

interface Held {
  readonly index: number;
  readonly t: number;
  readonly pyramid: ReturnType<DenseLucasKanade['pyramid']>;
  /** Flow to here from `MDMD_STEP` before. */
  flow?: DenseFlow;
}

/** Dense flow between a face's registered crops, reduced to what the baselines need. One a face; frames in order. */
export class FlowMeter {
  readonly #kanade = new DenseLucasKanade(SIZE);
  readonly #held: Held[] = [];

  measure(face: AlignedFace): FlowFeature {
    const { t, index } = face;
    const last = this.#held.at(-1);
    // A face that was away: what it looked like before says nothing of a movement.
    if (last && t - last.t > MDMD_STEP) this.#held.length = 0;
    const now: Held = { index, t, pyramid: this.#kanade.pyramid(halved(face.crop, CROP_SIZE)) };
    this.#held.push(now);
    const current = this.#ago(MDMD_STEP);
    const head = this.#ago(2 * MDMD_STEP);
    const before = this.#ago(STRAIN_STEP);
    if (current) now.flow = this.#flow(current, now);
    while ((this.#held[0]?.t ?? t) < t - 2 * MDMD_STEP - 0.1) this.#held.shift();
    return {
      t,
      index,
      difference: head && current?.flow ? directionalDifference(current.flow, this.#flow(head, now)) / SCALE : NaN,
      strain: before ? meanStrain(this.#flow(before, now)) : NaN,
    };
  }

  /** The held frame nearest to so many seconds before the newest, within half a frame. */
  #ago(seconds: number): Held | undefined {
    const newest = this.#held.at(-1);
    const spacing = newest && this.#held.length > 1 ? newest.t - (this.#held.at(-2)?.t ?? 0) : 0;
    const target = (newest?.t ?? 0) - seconds;
    let best: Held | undefined;
    for (const held of this.#held) if (!best || Math.abs(held.t - target) < Math.abs(best.t - target)) best = held;
    return best && Math.abs(best.t - target) <= 0.51 * spacing + 0.001 ? best : undefined;
  }

  /** Flow with the nose's taken off. */
  #flow(from: Held, to: Held): DenseFlow {
    const flow = this.#kanade.flow(from.pyramid, to.pyramid);
    let u = 0,
      v = 0,
      count = 0;
    for (let y = Math.round(NOSE.y0); y < NOSE.y1; y++) {
      for (let x = Math.round(NOSE.x0); x < NOSE.x1; x++) {
        u += flow.u[y * SIZE + x]!;
        v += flow.v[y * SIZE + x]!;
        count++;
      }
    }
    u /= count;
    v /= count;
    for (let i = 0; i < flow.u.length; i++) {
      flow.u[i] = flow.u[i]! - u;
      flow.v[i] = flow.v[i]! - v;
    }
    return flow;
  }
}

const FORMAT = 'mellm-flow-features';
const VERSION = 1;
const COLUMNS: readonly Column[] = [
  { name: 't', size: 1 },
  { name: 'index', size: 1 },
  { name: 'difference', size: 1 },
  { name: 'strain', size: 1 },
];

/** As a file: see `encodeTable`. */
export function encodeFlowFeatures(clip: string, face: string, features: readonly FlowFeature[]): Uint8Array<ArrayBuffer> {
  const header = { format: FORMAT, version: VERSION, clip, face, rows: features.length, columns: COLUMNS };
  return encodeTable(header, Float32Array.from(features.flatMap(({ t, index, difference, strain }) => [t, index, difference, strain])));
}

/** @throws {SignalsError} */
export function decodeFlowFeatures(bytes: Uint8Array, name: string): FlowFeature[] {
  const { header, values } = decodeTable(bytes, FORMAT, VERSION, name);
  if (JSON.stringify(header.columns) !== JSON.stringify(COLUMNS))
    throw new SignalsError(`${name} was written by another version: its columns differ; delete it, and it will be written again`);
  return Array.from({ length: header.rows }, (_, row) => {
    const [t = 0, index = 0, difference = NaN, strain = NaN] = values.subarray(4 * row, 4 * row + 4);
    return { t, index, difference, strain };
  });
}
