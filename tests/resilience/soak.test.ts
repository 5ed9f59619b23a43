import { expect, it } from 'vitest';
import { soak } from './soak.js';

/** `npm run test:soak -- --minutes N --sessions K` sets these; without them the short form runs. */
const minutes = Number(process.env['MELLM_SOAK_MINUTES'] ?? 0.6);
const sessions = Number(process.env['MELLM_SOAK_SESSIONS'] ?? 2);
const short = minutes < 10;

it(
  `${String(sessions)} sessions for ${String(minutes)} minutes: no gap, no leak, no unhandled error`,
  async () => {
    const figures = await soak({
      minutes,
      sessions,
      turn: short ? 8 : 20,
      ...(short
        ? {}
        : {
            onProgress: (line) => {
              process.stderr.write(`${line}\n`);
            },
          }),
    });
    process.stderr.write(`${JSON.stringify(figures, undefined, 2)}\n`);
    expect(figures.faults).toEqual([]);
    expect(figures.joined).toBeGreaterThan(sessions);
    expect(figures.connectFailures).toBeLessThanOrEqual(Math.ceil(0.15 * figures.joined));
    expect(figures.framesAnalysed).toBeGreaterThan(0);
    expect(figures.idle.after.fds).toBeLessThanOrEqual(figures.idle.before.fds + 2);
    expect(figures.idle.after.handles).toBeLessThanOrEqual(figures.idle.before.handles + 2);
    // Half a minute says nothing of growth: buffers and caches still fill.
    if (!short) {
      expect(figures.rssGrowth).toBeLessThan(3);
      expect(figures.heapGrowth).toBeLessThan(3);
    }
    expect(figures.exitCode).toBe(0);
  },
  (minutes + 4) * 60_000,
);
