import type { EndReason, Frame, FrameSource, SourceListener } from '../../src/ingest/contract.js';
import { MOTION_REGIONS, type MotionSample } from '../../src/spotting/mod.js';
import type { VisionPool } from '../../src/pipeline/vision/vision-pool.js';
import type { CropPair, VisionResult } from '../../src/pipeline/vision/vision.js';

/** A source that a test drives by hand. */
export class FakeSource implements FrameSource {
  readonly kind = 'live';
  readonly lossless: boolean;
  acks = 0;
  closedWith: EndReason | undefined;
  listener: SourceListener | undefined;
  #index = 0;

  constructor(lossless = false) {
    this.lossless = lossless;
  }

  start(listener: SourceListener): void {
    this.listener = listener;
  }
  ack(): void {
    this.acks++;
  }
  close(reason: EndReason): void {
    if (this.closedWith !== undefined) return;
    this.closedWith = reason;
    queueMicrotask(() => {
      this.end(reason);
    });
  }

  send(t: number, skip = 0): void {
    this.#index += skip;
    const frame: Frame = {
      index: this.#index++,
      t,
      width: 64,
      height: 48,
      data: new Uint8Array(64 * 48 * 1.5),
      receivedAt: Date.now(),
      decodeMs: 1,
    };
    this.listener?.({ type: 'frame', frame });
  }

  begin(): void {
    this.listener?.({ type: 'format', format: { width: 64, height: 48, codec: 'vp8' } });
  }

  end(reason: EndReason, message?: string): void {
    this.listener?.({ type: 'end', reason, message });
  }
}

/** Brow displacement of a test's person at media time t, px of the crop. */
export type Motion = (t: number) => number;

/** Stands in for the vision threads: one face whose brows move as told. */
export function fakeVision(
  motion: Motion,
  options: { ms?: number; faces?: number; fail?: (t: number) => boolean; crops?: boolean } = {},
): VisionPool {
  const seat = {
    analyze: async (frame: Frame): Promise<VisionResult> => {
      if (options.ms) await new Promise((resolve) => setTimeout(resolve, options.ms));
      if (options.fail?.(frame.t)) throw new Error('vision broke');
      const faces = Array.from({ length: options.faces ?? 1 }, (_, i) => `f${String(i + 1)}`);
      return {
        index: frame.index,
        t: frame.t,
        width: frame.width,
        height: frame.height,
        receivedAt: frame.receivedAt,
        faces: faces.map((id) => ({
          id,
          box: [8, 8, 32, 32] as const,
          landmarks: new Float32Array(936),
          pose: { yaw: 0, pitch: 0, roll: 0 },
          quality: { score: 1, eyeDistance: 60, sharpness: 1, light: 120, faults: [] },
        })),
        samples: faces.map((face) => sample(face, frame, motion)),
        ticks: [],
        lost: [],
        ms: { track: 1, align: 1, spot: 1 },
      };
    },
    crops: async (): Promise<CropPair | undefined> =>
      options.crops === false
        ? undefined
        : {
            onset: new Uint8Array(224 * 224),
            apex: new Uint8Array(224 * 224),
            landmarks: new Float32Array(936),
            apexLandmarks: new Float32Array(936),
            onsetTime: 0,
            apexTime: 0,
          },
    close: () => undefined,
  };
  return { seat: () => seat, close: async () => undefined } as unknown as VisionPool;
}

/** Deterministic noise of ±0.02 px, so that the spotter has something to judge by. */
const noise = (n: number): number => 0.02 * Math.sin(12.9898 * n) * Math.cos(78.233 * n);

function sample(face: string, frame: Frame, motion: Motion): MotionSample {
  const values = new Float32Array(2 * MOTION_REGIONS.length);
  MOTION_REGIONS.forEach((region, i) => {
    values[2 * i] = noise(frame.index * 31 + i);
    values[2 * i + 1] = noise(frame.index * 17 + i * 3) - (region.startsWith('brow') ? motion(frame.t) : 0);
  });
  return {
    face,
    t: frame.t,
    index: frame.index,
    epoch: 0,
    motion: values,
    sigma: new Float32Array(values.length).fill(0.02),
    eyes: [0.3, 0.3],
    mouth: 0.05,
    pose: { yaw: 0, pitch: 0, roll: 0 },
    headSpeed: 1,
    turnSpeed: 0.01,
    quality: 1,
  };
}

/** A raised cosine of `peak` px that rises from `onset` for `rise` seconds and falls in the same time. */
export const pulse =
  (onset: number, rise: number, peak: number): Motion =>
  (t) =>
    t < onset || t > onset + 2 * rise ? 0 : (peak / 2) * (1 - Math.cos((Math.PI * (t - onset)) / rise));
