import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** `npm run dev`, without the installation. */
class DevServer {
  readonly #process: ChildProcess;
  #said = '';

  constructor() {
    this.#process = spawn(process.execPath, ['scripts/dev/main.js', '--port', '0', '--no-store'], { cwd: root });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.on('data', (text: Buffer) => {
        this.#said += text.toString();
      });
    }
  }

  get said(): string {
    return this.#said;
  }

  async url(): Promise<string> {
    await expect.poll(() => this.#said, { timeout: 60_000 }).toMatch(/ready: open http:\S+/);
    return /open (http:\S+)/.exec(this.#said)?.[1] ?? '';
  }

  /** Processes that descend from it, itself included. */
  processes(): number[] {
    const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map((row) => row.trim().split(/\s+/).map(Number));
    const found = [this.#process.pid ?? 0];
    for (const pid of found) found.push(...rows.flatMap(([child = 0, parent]) => (parent === pid ? [child] : [])));
    return found;
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGTERM');
    await gone;
  }
}

function alive(pids: readonly number[]): number[] {
  const running = new Set(execFileSync('ps', ['-A', '-o', 'pid=,stat='], { encoding: 'utf8' }).split('\n').flatMap(idIfRunning));
  return pids.filter((pid) => running.has(pid));
}

function idIfRunning(row: string): number[] {
  const [, pid, state] = /^\s*(\d+)\s+(\S+)/.exec(row) ?? [];
  return pid === undefined || state?.startsWith('Z') ? [] : [Number(pid)];
}

describe('npm run dev', () => {
  let dev: DevServer | undefined;
  afterEach(() => dev?.stop());

  it('serves page and API from the sources, and leaves no process behind', async () => {
    dev = new DevServer();
    const url = await dev.url();

    const page = await (await fetch(url)).text();
    expect(page).toContain('src="/src/main.tsx"');
    const script = await fetch(new URL('/src/main.tsx', url));
    expect(script.headers.get('content-type')).toMatch(/javascript/);
    expect(await (await fetch(new URL('/healthz', url))).json()).toEqual({ status: 'ok' });
    expect(await (await fetch(new URL('/api/sessions', url))).json()).toMatchObject({ sessions: [] });

    const processes = dev.processes();
    expect(processes.length).toBeGreaterThanOrEqual(3);
    const commands = execFileSync('ps', ['-o', 'args=', '-p', processes.join(',')], { encoding: 'utf8' });
    expect(commands).not.toMatch(/dist\/src/);
    await dev.stop();
    await expect.poll(() => alive(processes)).toEqual([]);
  });
});
