import { describe, expect, it } from 'vitest';
import type { MotionSample } from '../contract.js';
import { TICK, TICK_VALUES, TickStream, type Tick } from './ticks.js';

function sample(t: number, u: number, epoch = 0): MotionSample {
  return {
    face: 'f',
    t,
    index: Math.round(t * 1000),
    epoch,
    motion: new Float32Array(30).fill(u),
    sigma: new Float32Array(30).fill(0.02),
    eyes: [0.3, 0.31],
    mouth: 0.1,
    pose: { yaw: 0.1, pitch: 0.2, roll: 0.3 },
    headSpeed: 4,
    turnSpeed: 0.5,
    quality: 0.9,
  };
}

function run(fps: number, seconds: number, motion: (t: number) => number): Tick[] {
  const stream = new TickStream();
  return Array.from({ length: Math.round(fps * seconds) + 1 }, (_, i) => sample(i / fps, motion(i / fps))).flatMap((s) => stream.push(s));
}

describe('TickStream', () => {
  it.each([24, 30, 60, 120, 200])('follows a straight line exactly at %d fps, on multiples of the tick', (fps) => {
    const ticks = run(fps, 2, (t) => 3 * t);
    expect(ticks.length).toBeGreaterThan(95);
    ticks.forEach((tick, i) => {
      expect(tick.t).toBeCloseTo((i + 1) * TICK, 9);
      expect(tick.values[0]).toBeCloseTo(3 * tick.t, 5);
    });
  });

  it('averages noise away where frames are many', () => {
    const ticks = run(200, 2, (t) => (Math.round(t * 200) % 2 === 0 ? 0.1 : -0.1));
    expect(Math.max(...ticks.map((tick) => Math.abs(tick.values[0]!)))).toBeLessThan(0.03);
  });

  it('says the frame interval, and where a span is fresh: at the start, after a pause, in a new epoch', () => {
    const stream = new TickStream();
    const times = [...Array.from({ length: 10 }, (_, i) => i / 30), ...Array.from({ length: 10 }, (_, i) => 1 + i / 30)];
    const ticks = [...times.map((t) => sample(t, 0)), ...times.map((t) => sample(1.4 + t, 0, 1))].flatMap((s) => stream.push(s));
    const fresh = ticks.filter((tick) => tick.values[TICK_VALUES - 1] === 1);
    expect(fresh.map((tick) => Number(tick.t.toFixed(2)))).toEqual([0.02, 1.02, 1.42, 2.42]);
    expect(ticks[3]!.values[TICK_VALUES - 2]).toBeCloseTo(1 / 30, 6);
  });

  it('ignores samples out of order and holds against what is no number', () => {
    const stream = new TickStream();
    stream.push(sample(0, 0));
    expect(stream.push(sample(0, 5))).toEqual([]);
    const bad = stream.push({ ...sample(0.04, Number.NaN), quality: Number.POSITIVE_INFINITY });
    expect(bad.every((tick) => tick.values.every(Number.isFinite))).toBe(true);
  });
});
