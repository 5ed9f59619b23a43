import { expect, it } from 'vitest';
import { encodeBlock } from '../../pipeline/series/series-block.js';
import { CURVES } from '../../pipeline/series/series-curves.js';
import { MemoryStore } from '../../store/mod.js';
import { seriesRoutes } from './series.js';

it('leaves the event loop to others between the blocks of a long session', async () => {
  const store = new MemoryStore();
  store.begin({ id: 's', name: 's', started: '2026-01-01T00:00:00Z' });
  const blocks = 40;
  for (let n = 0; n < blocks; n++) {
    const points = Array.from({ length: 10 }, (_, i) => ({ t: 10 * n + i, values: new Float32Array(CURVES.length) }));
    store.addSeries('s', { face: 'f1', from: 10_000 * n, until: 10_000 * n + 9000, data: encodeBlock(points) });
  }
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  const answer = await seriesRoutes(store).request('/api/sessions/s/series?points=100');
  isOver = true;
  expect(answer.status).toBe(200);
  expect(((await answer.json()) as { to: number }).to).toBe(399);
  expect(turns).toBeGreaterThanOrEqual(blocks);
});
