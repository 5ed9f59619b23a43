import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { TARGETS } from './targets/mod.js';

const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

function fuzz(...args: string[]): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--import', new URL('../../scripts/dev/typescript.js', import.meta.url).href, path('./main.ts'), ...args],
      { maxBuffer: 2 ** 24 },
      (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, output: stdout + stderr });
      },
    );
  });
}

describe('npm run test:fuzz', () => {
  it('finds nothing in eight seconds', async () => {
    const { code, output } = await fuzz('--seconds', '8', '--json');
    const reports = output
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as { target: string; runs: number; coverage: number; crash?: { why: string; input: string } });
    expect(reports.flatMap(({ target, crash }) => (crash ? [{ target, ...crash }] : []))).toEqual([]);
    expect(code, output).toBe(0);
    expect(reports.map(({ target }) => target)).toEqual(TARGETS.map(({ name }) => name));
    for (const { runs, coverage } of reports) expect([runs > 0, coverage > 0]).toEqual([true, true]);
  }, 240_000);

  it('says how it is used', async () => {
    expect(await fuzz('--target', 'nothing')).toMatchObject({ code: 2 });
    expect((await fuzz('--help')).output).toContain('--seconds');
  });
});
