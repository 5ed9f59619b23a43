import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { usageOf } from './process-tree.js';

describe.runIf(process.platform === 'linux')('usage of a process tree', () => {
  it('counts a child of a child', async () => {
    const shell = spawn('sh', ['-c', 'sh -c "while :; do :; done" & wait']);
    try {
      await pause(1500);
      const usage = usageOf(shell.pid ?? 0);
      expect(usage.cpuSeconds).toBeGreaterThan(0.1);
      expect(usage.pssMiB).toBeGreaterThan(0.1);
    } finally {
      spawn('pkill', ['-P', String(shell.pid)]).once('exit', () => shell.kill());
    }
  });

  it('names a process that has ended', () => {
    expect(() => usageOf(2 ** 30)).toThrow('has ended');
  });
});
