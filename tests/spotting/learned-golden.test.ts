import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import {
  CLASSES,
  LearnedSpotter,
  MOTION_REGIONS,
  readSpotterModel,
  SpotterNet,
  type MotionSample,
  type TickLikelihoods,
  type Window,
} from '../../src/spotting/mod.js';

/** The committed spotter, run here, against what PyTorch and Python's decoder said when it was committed (training/spotter/export.py). */
interface Golden {
  readonly sha256: string;
  readonly threshold: number;
  readonly t: readonly number[];
  readonly ticks: readonly (readonly number[])[];
  readonly likelihoods: readonly (readonly number[])[];
  readonly windows: readonly {
    readonly kind: string;
    readonly onset: number;
    readonly apex: number;
    readonly offset: number;
    readonly score: number;
    readonly opened: number;
  }[];
}
const golden = JSON.parse(readFileSync(new URL('./spotter-golden.json', import.meta.url), 'utf8')) as Golden;
const model = readSpotterModel();
const net = new SpotterNet(model);
afterAll(() => {
  net.close();
});

describe('the committed spotter', () => {
  it('is the one that the golden file was made with', () => {
    expect(model.source).toBe(`spotter@${golden.sha256.slice(0, 8)}`);
  });

  it('says of every tick what PyTorch says, to 1e-3', () => {
    const stream = net.follow();
    golden.ticks.forEach((tick, k) => {
      const said = stream.step(Float32Array.from(tick));
      CLASSES.forEach((_, c) => {
        expect(Math.abs(said[c]! - golden.likelihoods[k]![c]!)).toBeLessThan(1e-3);
      });
    });
  });

  it('decodes the same windows, opened at the same tick', () => {
    const spotter = new LearnedSpotter({
      threshold: () => golden.threshold,
      calibration: [
        [0, 0],
        [1, 1],
      ],
    });
    const closed: Window[] = [];
    const opened: number[] = [];
    golden.t.forEach((t, k) => {
      const tick: TickLikelihoods = { face: 'f1', t, values: Float32Array.from(golden.likelihoods[k]!) };
      for (const event of spotter.push(sample(t), [tick])) {
        if (event.type === 'opened') opened.push(t);
        if (event.type === 'closed') closed.push(event.window);
      }
    });
    for (const event of spotter.flush()) if (event.type === 'closed') closed.push(event.window);
    expect(golden.windows.length).toBeGreaterThan(0);
    expect(closed.map(({ kind }) => kind)).toEqual(golden.windows.map(({ kind }) => kind));
    golden.windows.forEach((window, w) => {
      expect(closed[w]!.onset).toBeCloseTo(window.onset, 3);
      expect(closed[w]!.apex).toBeCloseTo(window.apex, 3);
      expect(closed[w]!.offset).toBeCloseTo(window.offset, 3);
      expect(closed[w]!.score).toBeCloseTo(window.score, 3);
      expect(opened[w]).toBeCloseTo(window.opened, 3);
    });
  });
});

function sample(t: number): MotionSample {
  const values = (): Float32Array => new Float32Array(2 * MOTION_REGIONS.length);
  return {
    face: 'f1',
    t,
    index: Math.round(t * 50),
    epoch: 0,
    motion: values(),
    sigma: values(),
    eyes: [0, 0],
    mouth: 0,
    pose: { yaw: 0, pitch: 0, roll: 0 },
    headSpeed: 0,
    turnSpeed: 0,
    quality: 1,
  };
}
