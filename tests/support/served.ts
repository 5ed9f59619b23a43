import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { binary } from '../../lab/bench/sample.js';

/** A server in a process of its own, so that its memory and handles can be told from the test's. */
export interface Served {
  readonly url: string;
  readonly process: ChildProcess;
  /** Lines of its log at level error and above, and whatever else it wrote on stderr that is no log line. */
  readonly complaints: string[];
  /** The latest lines of its log in which `text` stands, e.g. a session's id. */
  about(text: string): string[];
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
  /** The sum of a metric's series whose labels hold `labels`. */
  scrape(): Promise<(name: string, labels?: string) => number>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** Lines of the log that are remembered. */
const REMEMBERED = 2000;
/** pino's number of "error". */
const ERROR = 50;

export async function serve(env: NodeJS.ProcessEnv = {}): Promise<Served> {
  const child = spawn(process.execPath, ['--trace-warnings', binary(), 'serve', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, MELLM_LOG_LEVEL: 'info', MELLM_SKIP_BOOTSTRAP: '1', MELLM_OVERLOAD_ENABLED: 'false', ...env },
  });
  const complaints: string[] = [];
  const heard: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (heard.push(line.slice(0, 500)) > REMEMBERED) heard.shift();
    let level = ERROR;
    try {
      level = (JSON.parse(line) as { level: number }).level;
    } catch {
      if (line.startsWith('mellm-live: ')) return;
    }
    if (level >= ERROR) complaints.push(line.slice(0, 2000));
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', resolve);
  });
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = /https?:\S+/.exec(line);
      if (found) resolve(found[0]);
    });
    void ended.then((code) => {
      reject(new Error(`the server ended with ${String(code)}: ${complaints.join('\n')}`));
    });
  });
  return {
    url,
    process: child,
    complaints,
    ended,
    about: (text) => heard.filter((line) => line.includes(text)),
    scrape: async () => {
      const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n');
      return (name, labels = '') =>
        lines
          .filter((line) => (line.startsWith(`${name}{`) || line.startsWith(`${name} `)) && line.includes(labels))
          .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
    },
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}
