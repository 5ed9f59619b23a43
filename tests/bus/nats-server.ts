import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:net';

/** Why tests against a real nats-server are left out here; undefined where they run. */
export const noNatsServer = spawnSync('nats-server', ['--version']).status === 0
  ? undefined : 'nats-server is not installed: apt-get install nats-server, or see https://nats.io/download';

/** A real nats-server with JetStream, in a process and a folder of its own. */
export class NatsServer {
  readonly url: string;
  readonly #port: number;
  readonly #folder = mkdtempSync(join(tmpdir(), 'mellm-nats-'));
  readonly #address: string;
  #process: ChildProcess | undefined;

  private constructor(address: string, port: number) {
    this.#address = address;
    this.#port = port;
    this.url = `nats://${address}:${String(port)}`;
  }

  /** @param address of this machine, to listen on */
  static async start(address = '127.0.0.1'): Promise<NatsServer> {
    const server = new NatsServer(address, await freePort(address));
    await server.start();
    return server;
  }

  /** Starts it (again), with what it kept. */
  async start(): Promise<void> {
    const child = this.#process = spawn('nats-server', ['-a', this.#address, '-p', String(this.#port), '-js', '-sd', this.#folder], { stdio: 'ignore' });
    for (let i = 0; i < 100; i++) {
      if (child.exitCode !== null) throw new Error(`nats-server ended with ${String(child.exitCode)}`);
      if (await answers(this.#port, this.#address)) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error('nats-server does not answer within 10 s');
  }

  async kill(signal: 'SIGTERM' | 'SIGKILL' = 'SIGKILL'): Promise<void> {
    const child = this.#process;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => { child.once('exit', resolve); });
    child.kill(signal);
    await gone;
  }

  /** It holds its connections, and neither reads nor answers, until {@link thaw}. */
  freeze(): void { this.#process?.kill('SIGSTOP'); }

  thaw(): void { this.#process?.kill('SIGCONT'); }

  /** Ends it and removes what it kept. */
  async close(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject).listen(0, host, () => {
      const address = server.address();
      server.close(() => { resolve(typeof address === 'object' && address ? address.port : 0); });
    });
  });
}

function answers(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    socket.once('data', () => { socket.destroy(); resolve(true); }).once('error', () => { resolve(false); });
  });
}
