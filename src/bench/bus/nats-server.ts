import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BusError } from '../../bus/mod.js';

/** What a nats-server has taken in and given out since its start, payloads and subjects alike. */
export interface Traffic { readonly inMessages: number; readonly inBytes: number; readonly outMessages: number; readonly outBytes: number }

/** Milliseconds that the server has to answer. */
const PATIENCE = 10_000;

/** The nats-server that a benchmark runs against: one of its own, or one that runs already. */
export class BenchNats {
  readonly url: string;
  /** Of our own server; what another one costs can't be seen from here. */
  readonly pid: number | undefined;
  readonly #monitor: number | undefined;
  readonly #end: () => Promise<void>;

  private constructor(url: string, end: () => Promise<void>, own?: { readonly pid: number; readonly monitor: number }) {
    this.url = url;
    this.pid = own?.pid;
    this.#monitor = own?.monitor;
    this.#end = end;
  }

  /**
   * Takes the server at `url`; without one starts a server of our own on free loopback ports, in a folder of its own.
   *
   * @throws BusError `bus_unreachable` where there is no nats-server
   */
  static async start(url?: string): Promise<BenchNats> {
    if (url !== undefined) return new BenchNats(url, () => Promise.resolve());
    if (spawnSync('nats-server', ['--version']).status !== 0) {
      throw new BusError('bus_unreachable', 'there is no nats-server to measure against: install it (Debian: apt-get install nats-server; https://nats.io/download), or name one that runs by --nats URL');
    }
    const folder = mkdtempSync(join(tmpdir(), 'mellm-bench-nats-'));
    const [port, monitor] = [await freePort(), await freePort()];
    const child = spawn('nats-server', ['-a', '127.0.0.1', '-p', String(port), '-m', String(monitor), '-js', '-sd', folder], { stdio: 'ignore' });
    const end = async (): Promise<void> => {
      await ended(child);
      rmSync(folder, { recursive: true, force: true });
    };
    for (const deadline = Date.now() + PATIENCE; Date.now() < deadline && child.exitCode === null;) {
      if (child.pid !== undefined && await answers(port)) return new BenchNats(`nats://127.0.0.1:${String(port)}`, end, { pid: child.pid, monitor });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await end();
    throw new BusError('bus_unreachable', 'the nats-server that was started does not answer; see that it was built with JetStream (2.9 or newer)');
  }

  /** `undefined` where the server is not ours. */
  async traffic(): Promise<Traffic | undefined> {
    if (this.#monitor === undefined) return undefined;
    const { in_msgs, in_bytes, out_msgs, out_bytes } = await (await fetch(`http://127.0.0.1:${String(this.#monitor)}/varz`)).json() as Record<string, number>;
    return { inMessages: in_msgs ?? NaN, inBytes: in_bytes ?? NaN, outMessages: out_msgs ?? NaN, outBytes: out_bytes ?? NaN };
  }

  close(): Promise<void> { return this.#end(); }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => { child.once('exit', resolve); });
  child.kill('SIGKILL');
  await gone;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject).listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => { resolve(typeof address === 'object' && address ? address.port : 0); });
    });
  });
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => { socket.destroy(); resolve(true); }).once('error', () => { resolve(false); });
  });
}
