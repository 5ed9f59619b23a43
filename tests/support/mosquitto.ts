import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../lab/bench/free-port.js';

/** Debian puts it where only the administrator's path leads. */
const PROGRAM = ['mosquitto', '/usr/sbin/mosquitto'].find((program) => spawnSync(program, ['-h']).error === undefined);

/** Why tests against a real MQTT broker are left out here; undefined where they run. */
export const noMosquitto = PROGRAM === undefined ? 'mosquitto is not installed: apt-get install mosquitto' : undefined;

export interface MosquittoOptions {
  /** Only this user may connect. */
  readonly user?: { readonly name: string; readonly password: string };
  /** PEM texts for TLS. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** A real MQTT broker in a process and a folder of its own; it may be stopped and started again. */
export class Mosquitto {
  readonly url: string;
  readonly folder = mkdtempSync(join(tmpdir(), 'mellm-mqtt-'));
  readonly #port: number;
  #process: ChildProcess | undefined;

  private constructor(port: number, { user, tls }: MosquittoOptions) {
    this.#port = port;
    this.url = `${tls ? 'mqtts' : 'mqtt'}://127.0.0.1:${String(port)}`;
    const file = (name: string): string => join(this.folder, name);
    const lines = [`listener ${String(port)} 127.0.0.1`, `allow_anonymous ${String(!user)}`];
    if (process.getuid?.() === 0) lines.push('user root');
    if (user) {
      writeFileSync(file('passwords'), '', { mode: 0o600 });
      execFileSync('mosquitto_passwd', ['-b', file('passwords'), user.name, user.password], { stdio: 'ignore' });
      lines.push(`password_file ${file('passwords')}`);
    }
    if (tls) {
      writeFileSync(file('cert.pem'), tls.cert);
      writeFileSync(file('key.pem'), tls.key);
      lines.push(`certfile ${file('cert.pem')}`, `keyfile ${file('key.pem')}`);
    }
    writeFileSync(file('mosquitto.conf'), `${lines.join('\n')}\n`);
  }

  static async start(options: MosquittoOptions = {}): Promise<Mosquitto> {
    const broker = new Mosquitto(await freePort(), options);
    await broker.start();
    return broker;
  }

  /** Starts it (again), without what it retained. */
  async start(): Promise<void> {
    this.#process = spawn(PROGRAM ?? 'mosquitto', ['-c', join(this.folder, 'mosquitto.conf')], { stdio: 'ignore' });
    for (const deadline = Date.now() + 15_000; Date.now() < deadline;) {
      if (await answers(this.#port)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('mosquitto did not start');
  }

  async stop(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child?.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
