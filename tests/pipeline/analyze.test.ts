import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const bin = fileURLToPath(new URL('../../bin/mellm-live.js', import.meta.url));
const sample = fileURLToPath(new URL('../../client/public/sample/sample.webm', import.meta.url));

async function analyze(...args: string[]): Promise<{ code: number; stderr: string }> {
  const child = spawn(process.execPath, [bin, 'analyze', sample, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, MELLM_SKIP_BOOTSTRAP: '1' },
  });
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'close') as Promise<[number]>]);
  return { code, stderr };
}

it('analyze warns of a frame rate at which brief movements fall between the frames, and only then', async () => {
  const slow = await analyze('--fps', '7.5');
  expect(slow.code).toBe(0);
  expect(slow.stderr).toMatch(
    /^warning: faces were in view, .*few_frames \d+\.\d s \(few_frames: about 7\.\d frames per second; below 15, /m,
  );
  expect((await analyze()).stderr).not.toContain('warning');
});
