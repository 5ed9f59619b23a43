import { expect, it } from 'vitest';
import type { SeriesBlock } from '../../store/mod.js';
import { sessionSeries } from './session-series.js';

/** Blocks that are stored of a session of some seconds. */
function stored(options: { recording: boolean; keep: boolean }): SeriesBlock[] {
  const blocks: SeriesBlock[] = [];
  const series = sessionSeries({ addSeries: (_session, block) => blocks.push(block) }, { session: 's', ...options });
  for (let index = 0; index < 100; index++) series?.add({ index, t: index / 30, face });
  series?.end();
  return blocks;
}

const face = {
  id: 'f1',
  quality: 1,
  fault: undefined,
  eyeDistance: 100,
  pose: { yaw: 0, pitch: 0, roll: 0 },
  epoch: 0,
  motion: new Float32Array(30),
  moved: new Float32Array(15),
  eyes: [0.3, 0.3],
  mouth: 0.1,
  headSpeed: 0,
  units: new Float32Array(7),
  present: Array<boolean>(7).fill(false),
  score: 0.1,
  threshold: 0.5,
} as const;

it('stores no curves of live sessions with store.keep_series: false, and those of recordings all the same', () => {
  expect(stored({ recording: false, keep: false })).toEqual([]);
  expect(stored({ recording: false, keep: true }).length).toBeGreaterThan(0);
  expect(stored({ recording: true, keep: false }).length).toBeGreaterThan(0);
});
