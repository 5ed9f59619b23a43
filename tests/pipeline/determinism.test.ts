import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeClip } from '../support/test-video.js';

/** The short form of scripts/test/check-determinism.js; the long one is 100 runs of five clips on 1, 2 and 8 threads. */

const script = fileURLToPath(new URL('../../scripts/test/check-determinism.js', import.meta.url));
const sample = fileURLToPath(new URL('../../client/public/sample/sample.webm', import.meta.url));
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mellm-same-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

it('a recording gives the same answer in every run, on one thread and on two', () => {
  const other = join(folder, 'nobody.mp4');
  writeClip(other, { codec: 'libx264', frames: 60 });
  const out = execFileSync(process.execPath, [script, '--runs', '2', '--threads', '1,2', sample, other], {
    encoding: 'utf8',
    env: { ...process.env, MELLM_SKIP_BOOTSTRAP: '1' },
  });
  expect(out).toMatch(/^sample\.webm: 4 × [0-9a-f]{12} \([1-9]\d* annotations\)\nnobody\.mp4: 4 × [0-9a-f]{12} \(0 annotations\)\n$/);
}, 600_000);
