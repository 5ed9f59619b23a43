import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Minutes: it builds, packs and installs. `npm run test:package` runs it; package-files.test.ts checks the list of files in every run. */
describe.skipIf(process.env['MELLM_PACKAGE'] === undefined)('the package, installed in an empty folder', () => {
  let folder = '';

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'mellm-package-'));
    execFileSync('npm', ['pack', '--pack-destination', folder], { cwd: root, stdio: ['ignore', 2, 2] });
    const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
    writeFileSync(join(folder, 'package.json'), '{ "private": true }');
    const flags = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
    execFileSync('npm', ['install', ...flags, `./${tarball}`], { cwd: folder, stdio: ['ignore', 2, 2] });
  }, 600_000);

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
    return spawnSync(join(folder, 'node_modules/.bin/mellm-live'), args, { cwd: folder, encoding: 'utf8', timeout: 120_000 });
  }

  it('states its version and what runs here', () => {
    expect(run('--version').stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    const { status, stdout } = run('doctor', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true });
  });

  it('analyses the sample', () => {
    const sample = 'node_modules/mellm-live/dist/client/sample/sample.webm';
    const { status, stdout, stderr } = run('analyze', sample, '--format', 'jsonl', '--out', '-');
    expect(stderr).toContain('4 micro, 0 macro');
    expect(status).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(4);
  });

  it('measures with what lab/ holds', () => {
    expect(run('eval', 'spotting', '--dataset', 'none', '--root', '.')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('casme2') as string,
    });
    const { status, stdout } = run('bench', 'registration', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ name: 'registration' });
  });

  it('serves the page', async () => {
    const bin = join(folder, 'node_modules/mellm-live/bin/mellm-live.js');
    const server = spawn(process.execPath, [bin, 'serve', '--port', '0', '--no-store'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = new Promise((resolve) => server.once('exit', resolve));
    try {
      let said = '';
      server.stdout.on('data', (text: Buffer) => {
        said += text.toString();
      });
      await expect.poll(() => said, { timeout: 60_000 }).toMatch(/open http:\S+/);
      const url = /open (http:\S+)/.exec(said)?.[1] ?? '';
      expect(await (await fetch(url)).text()).toContain('<title>mellm-live</title>');
      expect((await fetch(new URL('/healthz', url))).status).toBe(200);
    } finally {
      server.kill('SIGTERM');
      expect(await exited).toBe(0);
    }
  });
});
