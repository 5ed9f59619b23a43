import { describe, expect, it } from 'vitest';
import type { MotionSample } from '../../../../src/spotting/mod.js';
import { Pulse } from '../injections/pulse.js';
import type { InjectedTruth } from './injected-truth.js';
import { judgeStream } from './judge-stream.js';
import { matchedFilter } from './matched-filter.js';
import { scoreFor, spottingMetrics, type SpottedClip } from './spotting-report.js';

const truth = (onset: number, about: Partial<InjectedTruth> = {}): InjectedTruth => ({
  onset,
  apex: onset + 0.2,
  offset: onset + 0.4,
  aus: [{ au: 1, side: 'both' }],
  peak: 2,
  region: 'brow_inner_left',
  upper: true,
  quiet: true,
  talking: false,
  ...about,
});
const window = (onset: number, score = 0.9) => ({
  face: 'f1',
  kind: 'micro' as const,
  onset,
  apex: onset + 0.2,
  offset: onset + 0.4,
  score,
});

describe('judgeStream', () => {
  it('tells what overlaps from what only has its apex inside', () => {
    const { truths, windows } = judgeStream(
      [truth(1), truth(3), truth(5)],
      [window(1.05), { ...window(3.1), offset: 4 }, { ...window(5), kind: 'macro' }],
    );
    expect(truths.map(({ byOverlap, byApex }) => [byOverlap, byApex])).toEqual([
      [true, true],
      [false, true],
      [false, false],
    ]);
    expect(windows).toBe(2);
  });
});

describe('spottingMetrics', () => {
  const clip: SpottedClip = {
    clip: 'a.mp4',
    person: 'a',
    skin: 'dark',
    fps: 24.9,
    minutes: 2,
    quietMinutes: 0.5,
    streams: [
      judgeStream([truth(1), truth(3, { talking: true, quiet: false }), truth(5, { peak: 0.8 })], [window(1), window(3), window(8)]),
    ],
    alerts: [
      { ...window(8), quiet: true },
      { ...window(9, 0.4), quiet: false },
      { ...window(10, 0.3), quiet: false },
    ],
  };

  it('reports recall, precision and alerts together, in groups', () => {
    const metrics = spottingMetrics([clip]);
    expect(metrics).toMatchObject({
      all: { injected: 3, byOverlap: 2 },
      quietFrom1: { injected: 1, byOverlap: 1 },
      upperWhileTalking: { injected: 1, byOverlap: 1 },
      alertsPerMinute: { all: 1.5, quiet: 2 },
      alerts: 3,
    });
    expect(metrics.precision).toBeCloseTo(2 / 3);
    expect(metrics.groups['fps']).toEqual({ 25: { injected: 3, byOverlap: 2, byApex: 2 } });
    expect(metrics.groups['peak']?.['<1']?.byOverlap).toBe(0);
  });

  it('finds the score that leaves a given rate of alerts', () => {
    expect(clip.alerts.filter(({ score }) => score >= scoreFor([clip], 1))).toHaveLength(2);
    expect(scoreFor([clip], 9)).toBe(-Infinity);
  });
});

describe('matchedFilter', () => {
  it('finds a pulse in noise', () => {
    const pulse = new Pulse(2, 2.17, 2.4);
    const samples = Array.from({ length: 150 }, (_, i): MotionSample => {
      const motion = Float32Array.from({ length: 30 }, (_value, k) => 0.05 * Math.sin(i * (3.1 + k)));
      motion[4]! += 2 * pulse.at(i / 30);
      return {
        face: 'f1',
        t: i / 30,
        index: i,
        epoch: 0,
        motion,
        sigma: new Float32Array(30),
        eyes: [0, 0],
        mouth: 0,
        pose: { yaw: 0, pitch: 0, roll: 0 },
        headSpeed: 0,
        turnSpeed: 0,
        quality: 1,
      };
    });
    const best = matchedFilter('f1', samples).windows.toSorted((a, b) => b.score - a.score)[0];
    expect(Math.abs((best?.apex ?? 0) - 2.17)).toBeLessThan(0.05);
  });
});
