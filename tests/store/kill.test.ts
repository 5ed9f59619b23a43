import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { killTrials } from './kill-trials.js';

const trials = Number(process.env['MELLM_KILL_TRIALS'] ?? 20);

it(
  `kill -9 at any moment, ${String(trials)} times, loses no closed annotation and damages no store`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mellm-kill-'));
    try {
      const report = await killTrials(folder, trials, (so_far) => {
        if (so_far.trials % 50 === 0) process.stderr.write(`${JSON.stringify(so_far)}\n`);
      });
      process.stderr.write(`kill -9: ${JSON.stringify(report)}\n`);
      expect(report).toMatchObject({ trials, lost: 0, gaps: 0, damaged: 0, undead: 0, remains: 0 });
      expect(report.told).toBeGreaterThan(trials);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  60_000 + trials * 10_000,
);
