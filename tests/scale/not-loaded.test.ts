import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { binary } from '../../lab/bench/sample.js';

/** Refuses whatever belongs to NATS' clients, as if they were not installed. */
const HOOK = `data:text/javascript,${encodeURIComponent(`
import { register } from 'node:module';
register('data:text/javascript,' + encodeURIComponent("export async function resolve(name, context, next) { if (name.includes('@nats-io')) throw new Error('NATS must not be loaded: ' + name); return next(name, context); }"));
`)}`;

/** Starts `serve` without NATS' clients: resolves with its first line, or with what it complains of. */
function firstWords(args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--import', HOOK, binary(), 'serve', '--port', '0', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, MELLM_SKIP_BOOTSTRAP: '1', MELLM_LOG_LEVEL: 'silent', MELLM_VISION_WORKERS: '1' },
    });
    const done = (words: string): void => {
      child.kill('SIGKILL');
      resolve(words);
    };
    createInterface({ input: child.stdout }).once('line', done);
    createInterface({ input: child.stderr }).once('line', done);
  });
}

it('without bus.url nothing of NATS is loaded', async () => {
  expect(await firstWords([])).toMatch(/^mellm-live is ready/);
});

it('and with it, it is', async () => {
  expect(await firstWords(['--bus', 'nats://127.0.0.1:1'])).toMatch(/NATS must not be loaded/);
});
