import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { binary } from '../../lab/bench/sample.js';
import type { Machine } from '../scale/network.js';

/** One process of an installation. */
export interface Process {
  readonly url: string;
  readonly roles: string;
  readonly child: ChildProcess;
  /** Where it runs; undefined: here. */
  readonly machine: Machine | undefined;
  /** What it wrote to its log. */
  readonly log: string[];
  readonly running: boolean;
  /** Ends it and waits for its end. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** The sum of a metric's series whose labels hold `labels`. */
  metric(name: string, labels?: string): Promise<number>;
}

/** Starts a process with these roles, as a user does. */
export async function start(nats: string, roles: string, env: NodeJS.ProcessEnv = {}, machine?: Machine): Promise<Process> {
  const command = [process.execPath, binary(), 'serve', '--port', '0', '--bus', nats, '--roles', roles];
  const [program = '', ...args] = machine
    ? ['ip', 'netns', 'exec', machine.namespace, ...command, '--host', env['MELLM_SERVER_HOST'] ?? machine.address, '--insecure']
    : command;
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      MELLM_LOG_LEVEL: 'info',
      MELLM_SKIP_BOOTSTRAP: '1',
      MELLM_OVERLOAD_ENABLED: 'false',
      MELLM_MEDIA_PROCESSES: '1',
      ...env,
    },
  });
  const log: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    log.push(line);
  });
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
  });
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = /http:\S+/.exec(line);
      if (found) resolve(new URL(found[0]).origin);
      else log.push(line);
    });
    child.once('exit', (code) => {
      reject(new Error(`${roles} ended with ${String(code)}:\n${log.join('\n')}`));
    });
  });
  return {
    url,
    roles,
    child,
    log,
    machine,
    get running() {
      return child.exitCode === null && child.signalCode === null;
    },
    end: async (signal) => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
      }, 30_000);
      await gone;
      clearTimeout(timer);
    },
    metric: async (name, labels = '') =>
      (await (await fetch(`${url}/metrics`)).text())
        .split('\n')
        .filter((line) => (line.startsWith(`${name}{`) || line.startsWith(`${name} `)) && line.includes(labels))
        .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0),
  };
}

/** A process with the role `ingest` whose cameras are made up (ingest-child.js). */
export interface Cameras {
  readonly child: ChildProcess;
  readonly sessions: readonly string[];
  readonly log: string[];
}

/** Starts so many made-up cameras in one process. */
export async function startCameras(nats: string, count: number, env: NodeJS.ProcessEnv = {}): Promise<Cameras> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('ingest-child.js', import.meta.url)), nats, String(count)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const log: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    log.push(line);
  });
  const sessions = await new Promise<string[]>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('sessions ')) resolve(line.split(' ').slice(1));
    });
    child.once('exit', (code) => {
      reject(new Error(`the cameras ended with ${String(code)}: ${log.join('\n')}`));
    });
  });
  return { child, sessions, log };
}
