import { describe, expect, it } from 'vitest';
import { MOTION_REGIONS, type MotionSample, type SpotterEvent, type Window } from '../../../src/spotting/mod.js';
import { runSpotter } from './run-spotter.js';

const sample = (t: number): MotionSample => ({
  face: 'f1',
  t,
  index: Math.round(t * 10),
  epoch: 0,
  motion: new Float32Array(2 * MOTION_REGIONS.length),
  sigma: new Float32Array(2 * MOTION_REGIONS.length),
  eyes: [0.3, 0.3],
  mouth: 0,
  pose: { yaw: 0, pitch: 0, roll: 0 },
  headSpeed: 0,
  turnSpeed: 0,
  quality: 1,
});
const window = (key: string, more: Partial<Window> = {}): Window => ({
  key,
  face: 'f1',
  kind: 'micro',
  onset: 0.1,
  apex: 0.2,
  score: 0.5,
  peak: 1,
  regions: [],
  ...more,
});

describe('runSpotter', () => {
  it('keeps what was closed, with the moment and kind of its opening', async () => {
    const script: Record<string, SpotterEvent[]> = {
      0.2: [
        { type: 'opened', window: window('1') },
        { type: 'opened', window: window('2') },
      ],
      0.3: [
        { type: 'withdrawn', window: window('2'), reason: 'blink' },
        { type: 'opened', window: window('3', { kind: 'macro', onset: 0.25 }) },
      ],
      0.5: [{ type: 'closed', window: window('1', { kind: 'macro', offset: 0.4 }) }],
    };
    const spotter = {
      push: ({ t }: MotionSample) => script[t] ?? [],
      flush: () => Promise.resolve<SpotterEvent[]>([{ type: 'closed', window: window('3', { onset: 0.25 }) }]),
    };
    expect(await runSpotter(() => spotter, new Map([['f1', [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6].map(sample)]]))).toEqual({
      windows: [
        { face: 'f1', kind: 'macro', onset: 0.1, apex: 0.2, offset: 0.4, score: 0.5, openedAt: 0.2, openedAs: 'micro' },
        { face: 'f1', kind: 'micro', onset: 0.25, apex: 0.2, offset: 0.6, score: 0.5, openedAt: 0.3, openedAs: 'macro' },
      ],
      announced: 2,
      withdrawn: 1,
    });
  });
});
