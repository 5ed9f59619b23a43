import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The real server as a user starts it, in a process of its own. */
export class RealServer {
  readonly url: string;
  readonly #process: ChildProcess;
  #log: string;

  private constructor(url: string, child: ChildProcess, log: string) {
    this.url = url;
    this.#process = child;
    this.#log = log;
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#log += chunk.toString();
    });
  }

  /** Starts it; resolves when it says that it is ready. @param port 0: any free one */
  static start(port = 0, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<RealServer> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, ['bin/mellm-live.js', 'serve', '--port', String(port), ...args], {
        cwd: root,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, MELLM_SKIP_BOOTSTRAP: '1', ...env },
      });
      let said = '';
      let log = '';
      child.stderr.on('data', (chunk: Buffer) => {
        log += chunk.toString();
      });
      child.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        const url = /https?:\/\/[\w.:[\]-]+/.exec(said)?.[0];
        if (url !== undefined) resolve(new RealServer(url, child, log));
      });
      child.once('exit', (code) => {
        reject(new Error(`the server ended with ${String(code)}:\n${log}`));
      });
    });
  }

  /** What the server wrote to stderr so far. */
  get log(): string {
    return this.#log;
  }

  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    return text
      .split('\n')
      .filter((line) => line.startsWith(name) && /[ {]/.test(line[name.length] ?? ''))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  /** Waits until it accepts sessions: a page that watches itself overloads a small machine, which then refuses for some seconds. */
  async accepting(): Promise<void> {
    for (const end = Date.now() + 45_000; Date.now() < end;) {
      if ((await fetch(`${this.url}/readyz`)).ok) return;
      await pause(250);
    }
    throw new Error(`the server still refuses sessions:\n${this.#log}`);
  }

  /** Ends it by SIGTERM (or at once by SIGKILL) and waits for its end. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = new Promise((resolve) => {
      this.#process.once('exit', resolve);
    });
    this.#process.kill(signal);
    const timer = setTimeout(() => {
      this.#process.kill('SIGKILL');
    }, 10_000);
    await gone;
    clearTimeout(timer);
  }
}
