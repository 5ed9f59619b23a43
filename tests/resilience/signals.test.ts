import { spawn, type ChildProcess } from 'node:child_process';
import { expect, it } from 'vitest';
import { annotationSchema } from '../../src/events/mod.js';
import { binary, sampleClip } from '../../lab/bench/sample.js';
import { serve } from '../support/served.js';

const env = { ...process.env, MELLM_SKIP_BOOTSTRAP: '1' };

function end(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      resolve({ code, signal });
    });
  });
}

it('analyze on Ctrl+C writes what was found and exits with 130', async () => {
  const child = spawn(process.execPath, [binary(), 'analyze', sampleClip()], { stdio: ['ignore', 'pipe', 'pipe'], env });
  const ended = end(child);
  let found = '';
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  child.stdout.on('data', (chunk: Buffer) => {
    if (found === '') child.kill('SIGINT');
    found += chunk.toString();
  });
  expect(await ended).toEqual({ code: 130, signal: null });
  expect(said).toContain('stopped before its end');
  const lines = found.trim().split('\n');
  expect(lines.length).toBeGreaterThanOrEqual(1);
  for (const line of lines) annotationSchema.parse(JSON.parse(line));
}, 90_000);

it('serve ends with 0 on SIGTERM, and at once on a second', async () => {
  const calm = await serve();
  expect(await calm.stop()).toBe(0);
  expect(calm.complaints).toEqual([]);
  const hasty = await serve();
  const ended = end(hasty.process);
  hasty.process.kill('SIGTERM');
  hasty.process.kill('SIGTERM');
  // Either the first had already ended it, or the second did, as the system does.
  expect([
    { code: 0, signal: null },
    { code: null, signal: 'SIGTERM' },
  ]).toContainEqual(await ended);
}, 90_000);
