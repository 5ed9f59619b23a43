import { describe, expect, it } from 'vitest';
import { BROW_RAISE, simulate, type Simulation } from '../../../tests/support/simulated-motion.js';
import { MOTION_REGIONS, type MotionSample, type SpotterEvent, type Window } from '../contract.js';
import type { SpotterOptions } from './options.js';
import { Spotter } from './spotter.js';

type Timed = SpotterEvent & { readonly at: number };

function run(simulation: Simulation, options: Partial<SpotterOptions> = {}): Timed[] {
  const spotter = new Spotter(options);
  const events: Timed[] = [];
  let at = 0;
  for (const sample of simulate(simulation)) {
    at = sample.t;
    events.push(...spotter.push(sample).map((event) => ({ ...event, at })));
  }
  events.push(...spotter.flush().map((event) => ({ ...event, at })));
  return events;
}

const of = <T extends SpotterEvent['type']>(events: readonly Timed[], type: T): (Extract<SpotterEvent, { type: T }> & { at: number })[] =>
  events.filter((event) => event.type === type) as (Extract<SpotterEvent, { type: T }> & { at: number })[];
const closed = (events: readonly Timed[]): Window[] => of(events, 'closed').map(({ window }) => window);
const RATES = [24, 30, 60, 120, 200];

describe.each(RATES)('Spotter at %i fps', (fps) => {
  const frame = 1 / fps;

  it('finds a brow raise of 2 px and 0.3 s', () => {
    const events = run({ fps, seconds: 8, expressions: [{ onset: 5.013, rise: 0.15, fall: 0.15, peaks: BROW_RAISE }] });
    const [window, ...others] = closed(events);
    expect(others).toEqual([]);
    expect(window?.kind).toBe('micro');
    expect(Math.abs(window!.onset - 5.013)).toBeLessThan(0.02 + frame / 2);
    expect(Math.abs(window!.apex - 5.163)).toBeLessThan(0.015 + frame / 2);
    expect(Math.abs(window!.offset! - 5.313)).toBeLessThan(0.03 + frame);
    expect(window!.peak).toBeGreaterThan(1.5);
    expect(window!.peak).toBeLessThan(2.2);
    expect(window!.regions.slice(0, 2).sort()).toEqual(['brow_inner_left', 'brow_inner_right']);
    const [opened] = of(events, 'opened');
    expect(opened!.at - opened!.window.apex).toBeLessThanOrEqual(0.15);
    expect(opened!.at - 5.163).toBeLessThanOrEqual(0.15);
  });

  it('finds 0.7 px on one side', () => {
    const events = run({
      fps,
      seconds: 10,
      expressions: [{ onset: 6, rise: 0.18, fall: 0.2, peaks: { mouth_corner_left: [-0.5, -0.7], cheek_left: [-0.2, -0.5] } }],
    });
    expect(closed(events)).toMatchObject([{ kind: 'micro' }]);
    expect(closed(events)[0]!.regions[0]).toBe('mouth_corner_left');
  });

  it('calls a slow expression macro', () => {
    const events = run({
      fps,
      seconds: 12,
      expressions: [{ onset: 4, rise: 0.7, hold: 0.5, fall: 0.8, peaks: { mouth_corner_left: [-4, -4], mouth_corner_right: [4, -4] } }],
    });
    const [window, ...others] = closed(events);
    expect(others).toEqual([]);
    expect(window?.kind).toBe('macro');
    expect(Math.abs(window!.onset - 4)).toBeLessThan(0.08);
    expect(Math.abs(window!.offset! - 6)).toBeLessThan(0.12);
  });

  it('revises a fast rise that is held to macro, once', () => {
    const events = run({ fps, seconds: 9, expressions: [{ onset: 4, rise: 0.2, hold: 1, fall: 0.4, peaks: BROW_RAISE }] });
    expect(of(events, 'opened')).toMatchObject([{ window: { kind: 'micro' } }]);
    expect(of(events, 'updated').filter(({ window }) => window.kind === 'macro')).toHaveLength(1);
    expect(closed(events)).toMatchObject([{ kind: 'macro' }]);
  });

  it('keeps two bursts apart', () => {
    const events = run({
      fps,
      seconds: 9,
      expressions: [
        { onset: 4, rise: 0.15, fall: 0.2, peaks: BROW_RAISE },
        { onset: 4.9, rise: 0.15, fall: 0.2, peaks: { mouth_corner_left: [0, -2] } },
      ],
    });
    expect(closed(events)).toHaveLength(2);
    expect(closed(events).every(({ kind }) => kind === 'micro')).toBe(true);
  });

  it('merges two sides that move one after the other', () => {
    const events = run({
      fps,
      seconds: 9,
      expressions: [
        { onset: 4, rise: 0.15, fall: 0.16, peaks: { brow_inner_left: [0, -2], brow_outer_left: [0, -1.6] } },
        { onset: 4.13, rise: 0.15, fall: 0.17, peaks: { brow_inner_right: [0, -2], brow_outer_right: [0, -1.6] } },
      ],
    });
    const [window, ...others] = closed(events);
    expect(others).toEqual([]);
    expect(new Set(window!.regions)).toEqual(new Set(['brow_inner_left', 'brow_outer_left', 'brow_inner_right', 'brow_outer_right']));
    expect(Math.abs(window!.offset! - 4.45)).toBeLessThan(0.08);
  });

  it('says nothing of a blink', () => {
    const blink = (t: number): number => Math.exp(-(((t - 5) / 0.07) ** 2));
    const events = run({
      fps,
      seconds: 8,
      alter: (sample) => {
        const shut = blink(sample.t);
        const motion = sample.motion.slice();
        for (const [region, v] of [
          ['eyelid_left', 5],
          ['eyelid_right', 5],
          ['brow_inner_left', 0.5],
          ['brow_inner_right', 0.5],
        ] as const) {
          motion[2 * MOTION_REGIONS.indexOf(region) + 1]! += shut * v;
        }
        return { ...sample, motion, eyes: [0.3 * (1 - 0.9 * shut), 0.3 * (1 - 0.9 * shut)] };
      },
    });
    expect(closed(events)).toEqual([]);
  });

  it('says nothing of a nod', () => {
    const events = run({
      fps,
      seconds: 8,
      alter: (sample) => {
        const s = Math.min(1, Math.max(0, (sample.t - 4) / 0.4));
        const y = 1.5 * Math.sin(Math.PI * s) ** 2;
        const speed = s > 0 && s < 1 ? 12 * Math.abs(Math.sin(2 * Math.PI * s)) : 0;
        const motion = sample.motion.map((value, c) => value + (c % 2 === 1 ? y * (1 + 0.1 * Math.sin(c)) : 0));
        return { ...sample, motion, headSpeed: sample.headSpeed + speed };
      },
    });
    expect(of(events, 'opened')).toEqual([]);
  });

  it('says nothing of a step of light', () => {
    const events = run({
      fps,
      seconds: 8,
      alter: (sample) => (sample.t < 4 ? sample : { ...sample, motion: sample.motion.map((value, c) => value + (c % 7 === 0 ? 1.5 : 0)) }),
    });
    expect(of(events, 'opened')).toEqual([]);
  });

  it('resets at a gap, and spots again after it', () => {
    const events = run({
      fps,
      seconds: 10,
      expressions: [{ onset: 7, rise: 0.15, fall: 0.2, peaks: BROW_RAISE }],
      alter: (sample) => (sample.t > 4 && sample.t < 4.4 ? undefined : sample),
    });
    expect(of(events, 'reset')).toMatchObject([{ reason: 'gap' }]);
    expect(closed(events)).toHaveLength(1);
  });
});

describe('Spotter', () => {
  it.each([24, 30, 60, 200])('is silent for five minutes of noise at %i fps', (fps) => {
    const events = run({ fps, seconds: 300, noise: 0.1, seed: 7 });
    expect(of(events, 'opened')).toEqual([]);
    expect(of(events, 'signal')).toHaveLength(300 * fps);
  });

  it('is silent for drift and slow sway', () => {
    const events = run({
      fps: 30,
      seconds: 60,
      alter: (sample) => ({
        ...sample,
        motion: sample.motion.map((value, c) => value + 0.4 * Math.sin((2 * Math.PI * sample.t) / (6 + (c % 5))) + 0.02 * sample.t),
      }),
    });
    expect(of(events, 'opened')).toEqual([]);
  });

  it('bridges single dropped frames', () => {
    const events = run({
      fps: 30,
      seconds: 10,
      expressions: [{ onset: 5, rise: 0.15, fall: 0.2, peaks: BROW_RAISE }],
      alter: (sample) => (sample.index % 7 === 3 ? undefined : sample),
    });
    expect(of(events, 'reset')).toEqual([]);
    expect(closed(events)).toMatchObject([{ kind: 'micro' }]);
  });

  it('gives up an open window at a gap', () => {
    const expressions = [{ onset: 5, rise: 0.15, hold: 1, fall: 0.2, peaks: BROW_RAISE }];
    const soon = run({ fps: 60, seconds: 9, expressions, alter: (sample) => (sample.t > 5.3 && sample.t < 5.6 ? undefined : sample) });
    expect(of(soon, 'withdrawn')).toMatchObject([{ reason: 'gap' }]);
    const late = run({ fps: 60, seconds: 9, expressions, alter: (sample) => (sample.t > 5.9 && sample.t < 6.2 ? undefined : sample) });
    expect(closed(late)[0]!.offset).toBeUndefined();
  });

  it('resets when the reference changes without a bridge', () => {
    const events = run({ fps: 30, seconds: 8, alter: (sample): MotionSample => ({ ...sample, epoch: sample.t < 4 ? 0 : 1 }) });
    expect(of(events, 'reset')).toMatchObject([{ reason: 'reference' }]);
  });

  it('is silent while the face cannot be measured', () => {
    const events = run({
      fps: 30,
      seconds: 8,
      expressions: [{ onset: 5, rise: 0.15, fall: 0.2, peaks: BROW_RAISE }],
      alter: (sample) => ({ ...sample, quality: sample.t > 4 && sample.t < 6 ? 0.05 : 0.9 }),
    });
    expect(of(events, 'opened')).toEqual([]);
    expect(of(events, 'reset')).toMatchObject([{ reason: 'quality' }]);
  });

  it('does not report a held expression letting go', () => {
    const events = run({ fps: 30, seconds: 20, expressions: [{ onset: 4, rise: 0.5, hold: 8, fall: 0.4, peaks: BROW_RAISE }] });
    expect(closed(events)).toMatchObject([{ kind: 'macro' }]);
    expect(closed(events)[0]!.offset).toBeUndefined();
  });

  it('takes where a region stays for its rest, and goes on watching the others', () => {
    const lids = MOTION_REGIONS.indexOf('eyelid_left');
    const events = run({
      fps: 30,
      seconds: 8,
      expressions: [{ onset: 4.8, rise: 0.15, fall: 0.2, peaks: BROW_RAISE }],
      alter: (sample) => ({ ...sample, motion: sample.motion.map((value, c) => value + (c === 2 * lids + 1 && sample.t > 4 ? 3 : 0)) }),
    });
    expect(closed(events)).toMatchObject([{ kind: 'micro' }]);
    expect(Math.abs(closed(events)[0]!.apex - 4.95)).toBeLessThan(0.03);
  });

  it('takes back an alert that a late blink explains', () => {
    const events = run({
      fps: 100,
      seconds: 8,
      expressions: [{ onset: 5, rise: 0.12, fall: 0.3, peaks: { brow_inner_left: [0, 0.9], brow_inner_right: [0, 0.9] } }],
      alter: (sample) => ({ ...sample, eyes: sample.t > 5.21 && sample.t < 5.4 ? [0.1, 0.1] : sample.eyes }),
    });
    expect(of(events, 'opened')).toHaveLength(1);
    expect(of(events, 'withdrawn')).toMatchObject([{ reason: 'blink' }]);
    expect(closed(events)).toEqual([]);
  });

  it('asks for strong motion during the warm-up', () => {
    const weak = { mouth_corner_left: [0, -0.6] } as const;
    expect(of(run({ fps: 30, seconds: 3, expressions: [{ onset: 0.8, rise: 0.15, fall: 0.2, peaks: weak }] }), 'opened')).toEqual([]);
    expect(
      of(run({ fps: 30, seconds: 3, expressions: [{ onset: 0.8, rise: 0.15, fall: 0.2, peaks: BROW_RAISE }] }), 'opened'),
    ).toHaveLength(1);
  });

  it('gives fewer alerts with more caution', () => {
    const simulation = {
      fps: 30,
      seconds: 8,
      expressions: [{ onset: 5, rise: 0.15, fall: 0.2, peaks: { mouth_corner_left: [0, -0.8] } }],
    } as const;
    expect(of(run(simulation), 'opened')).toHaveLength(1);
    expect(of(run(simulation, { caution: 3 }), 'opened')).toEqual([]);
  });
});
