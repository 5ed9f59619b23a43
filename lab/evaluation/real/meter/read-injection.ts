import { nearestByTime } from '../../../../src/common/nearest-by-time.js';
import { MOTION_REGIONS, type MotionRegion } from '../../../../src/spotting/mod.js';
import type { Injection } from '../injections/draw-injections.js';
import type { Chain } from '../streams/chain.js';
import { placedAt, type Streams } from '../streams/run-streams.js';
import { frameAt, pointsAt, type FacePath } from '../track/face-path.js';
import { ownMotion } from './own-motion.js';
import { regionTruth } from './region-truth.js';

/** A standard deviation from which on a reading says nothing, px of the crop. */
const UNREADABLE = 1;

/** The untouched clip and one with injections. */
export interface StreamPair extends Pick<Streams, 'plain' | 'frames'> {
  readonly warped: Chain;
}

/** What one region was read to do from onset to apex, with the injection less without it. px of the crop. */
export interface RegionReading {
  readonly region: MotionRegion;
  /** Absent where a reading is missing. */
  readonly read?: readonly [number, number];
  /** Of the difference. */
  readonly sigma?: readonly [number, number];
  /** Whether the readings say of themselves that they mean something. */
  readonly readable: boolean;
  readonly truth: readonly [number, number];
  /** Largest displacement that was injected anywhere on the face. */
  readonly peak: number;
  /** The same, px on a face whose pupils are 76 px apart: what a region's own motion is compared with. */
  readonly drawnPeak: number;
  /** By how much the region moves by itself, px on a face whose pupils are 76 px apart. */
  readonly own: number;
}

/** Reads one injection in both streams; undefined where the streams have no frame at its onset or apex. */
export function readInjection(pair: StreamPair, path: FacePath, injection: Injection): RegionReading[] | undefined {
  const { pulse } = injection;
  const before = pair.frames.findLast(({ t }) => t <= pulse.start),
    at = nearestByTime(pair.frames, pulse.apex);
  if (!before || !at || at.t >= pulse.end) return undefined;
  const reference = pair.plain.readings.get(at.index) ?? pair.warped.readings.get(at.index);
  if (!reference)
    return MOTION_REGIONS.map((region) => ({
      region,
      readable: false,
      truth: [0, 0],
      peak: injection.peak,
      drawnPeak: injection.peak,
      own: 0,
    }));
  const { toFrame } = reference;
  const truth = regionTruth(placedAt(path, [injection], at.t), pointsAt(path, frameAt(path, at.t)), toFrame);
  const own = ownMotion(path, (pulse.onset + pulse.apex) / 2);
  const change = changeOf(pair, before.index, at.index);
  return MOTION_REGIONS.map((region, r) => ({
    region,
    truth: [truth[2 * r]!, truth[2 * r + 1]!],
    peak: injection.peakInFrame / Math.hypot(toFrame.a, toFrame.b),
    drawnPeak: injection.peak,
    own: own[r]!,
    readable: false,
    ...change?.(r),
  }));
}

type Change = (region: number) => Pick<RegionReading, 'read' | 'sigma' | 'readable'> | undefined;

/** The second difference: apex less onset, warped less plain. Undefined where readings can't be compared. */
function changeOf({ plain, warped }: StreamPair, before: number, at: number): Change | undefined {
  const [a, b, c, d] = [warped.readings.get(at), warped.readings.get(before), plain.readings.get(at), plain.readings.get(before)].map(
    (reading) => reading?.sample,
  );
  if (!a || !b || !c || !d || a.epoch !== b.epoch || c.epoch !== d.epoch) return undefined;
  return (r) => {
    const [u, v] = [2 * r, 2 * r + 1].map((k) => ({
      read: a.motion[k]! - b.motion[k]! - (c.motion[k]! - d.motion[k]!),
      sigma: Math.hypot(a.sigma[k]!, b.sigma[k]!, c.sigma[k]!, d.sigma[k]!),
      readable: [a, b, c, d].every((sample) => sample.sigma[k]! < UNREADABLE),
    })) as [Component, Component];
    if (!Number.isFinite(u.read) || !Number.isFinite(v.read)) return undefined;
    return { read: [u.read, v.read], sigma: [u.sigma, v.sigma], readable: u.readable && v.readable };
  };
}

interface Component {
  readonly read: number;
  readonly sigma: number;
  readonly readable: boolean;
}
