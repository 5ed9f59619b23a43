import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/** ONNX Runtime's reports begin with an identifier of the machine and a queue in the user's cache folder. */
function filesAfter(args: readonly string[]): string[] {
  const home = mkdtempSync(join(tmpdir(), 'mellm-home-'));
  try {
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== 'ORT_DISABLE_TELEMETRY' && name !== 'CI'));
    execFileSync(process.execPath, [...args], {
      env: { ...env, HOME: home, XDG_CACHE_HOME: join(home, '.cache'), MELLM_SKIP_BOOTSTRAP: '1' },
      stdio: 'ignore',
    });
    return readdirSync(home, { recursive: true }).map(String);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

it('the command line keeps ONNX Runtime from reporting', () => {
  expect(
    filesAfter([fileURLToPath(new URL('../../bin/mellm-live.js', import.meta.url)), 'doctor']).filter((file) =>
      /microsoft|onnxruntime/i.test(file),
    ),
  ).toEqual([]);
}, 60_000);

it('so does every program that starts a thread', () => {
  const thread = fileURLToPath(new URL('../../dist/src/llm/mod.js', import.meta.url));
  const files = filesAfter([
    '-e',
    'import(process.argv[1]).then(async ({ startDescriber }) => { await (await startDescriber({})).close(); })',
    thread,
  ]);
  expect(files.filter((file) => /microsoft|onnxruntime/i.test(file))).toEqual([]);
}, 60_000);
