import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BusError } from '../../../src/events/bus/mod.js';
import { pause } from '../clock.js';
import { freePorts } from '../free-port.js';

/** What a nats-server has taken in and given out since its start, payloads and subjects alike. */
export interface Traffic {
  readonly inMessages: number;
  readonly inBytes: number;
  readonly outMessages: number;
  readonly outBytes: number;
}

/** Milliseconds that the server has to answer. */
const START_TIMEOUT_MS = 10_000;

/** Whether a nats-server can be started here. */
export const hasNatsServer = (): boolean => spawnSync('nats-server', ['--version']).status === 0;

/** A real nats-server with JetStream, in a process and a folder of its own; for benchmarks, and for tests, which may kill it. */
export class NatsServer {
  readonly url: string;
  readonly #address: string;
  readonly #port: number;
  readonly #monitor: number;
  readonly #folder = mkdtempSync(join(tmpdir(), 'mellm-nats-'));
  readonly #more: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(address: string, [port = 0, monitor = 0]: readonly number[], more: readonly string[] = []) {
    this.#address = address;
    this.#port = port;
    this.#monitor = monitor;
    this.#more = more;
    this.url = `nats://${address}:${String(port)}`;
  }

  /**
   * Starts one on free ports.
   *
   * @param address of this machine, to listen on
   * @throws BusError `bus_unreachable` where it does not answer
   */
  static async start(address = '127.0.0.1'): Promise<NatsServer> {
    const server = new NatsServer(address, await freePorts(2, address));
    try {
      await server.start();
    } catch (error) {
      await server.close();
      throw error;
    }
    return server;
  }

  /**
   * Starts servers that are one cluster, each in a process of its own, and waits until they have chosen one that leads.
   *
   * @throws BusError `bus_unreachable` where that takes longer than half a minute
   */
  static async startCluster(count = 3, address = '127.0.0.1'): Promise<NatsServer[]> {
    const ports = await freePorts(3 * count, address);
    const routes = Array.from({ length: count }, (_, i) => `nats://${address}:${String(ports[3 * i + 2])}`);
    const servers = routes.map(
      (route, i) =>
        new NatsServer(address, ports.slice(3 * i), [
          '--server_name',
          `n${String(i)}`,
          '--cluster_name',
          'mellm',
          '--cluster',
          route,
          '--routes',
          routes.filter((other) => other !== route).join(','),
        ]),
    );
    try {
      await Promise.all(servers.map((server) => server.start()));
      for (const deadline = Date.now() + 3 * START_TIMEOUT_MS; !(await servers[0]?.led(count));) {
        if (Date.now() > deadline) throw new BusError('bus_unreachable', 'the nats-servers that were started have not become a cluster');
        await pause(100);
      }
    } catch (error) {
      await Promise.all(servers.map((server) => server.close()));
      throw error;
    }
    return servers;
  }

  /** Whether it knows a leader of JetStream, and so many servers are there. */
  async led(count: number): Promise<boolean> {
    const { meta_cluster: meta } = (await (await fetch(`http://${this.#address}:${String(this.#monitor)}/jsz`)).json()) as {
      meta_cluster?: { leader?: string; cluster_size?: number };
    };
    return meta?.leader !== undefined && meta.leader !== '' && (meta.cluster_size ?? 0) >= count;
  }

  /** Whether it leads a stream, in a cluster. */
  async leads(stream: string): Promise<boolean> {
    const { account_details: [account] = [] } = (await (
      await fetch(`http://${this.#address}:${String(this.#monitor)}/jsz?streams=true`)
    ).json()) as {
      account_details?: { stream_detail?: { name: string; cluster?: { leader?: string } }[] }[];
    };
    const leader = account?.stream_detail?.find(({ name }) => name === stream)?.cluster?.leader;
    return leader !== undefined && this.#more.includes(leader);
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Where it keeps its files. */
  get folder(): string {
    return this.#folder;
  }

  /** Starts it (again), with what it kept. @throws BusError `bus_unreachable` where it does not answer */
  async start(): Promise<void> {
    const child = (this.#process = spawn(
      'nats-server',
      ['-a', this.#address, '-p', String(this.#port), '-m', String(this.#monitor), '-js', '-sd', this.#folder, ...this.#more],
      { stdio: 'ignore' },
    ));
    for (const deadline = Date.now() + START_TIMEOUT_MS; Date.now() < deadline && child.exitCode === null;) {
      if (await answers(this.#port, this.#address)) return;
      await pause(50);
    }
    throw new BusError(
      'bus_unreachable',
      'the nats-server that was started does not answer; see that it was built with JetStream (2.9 or newer)',
    );
  }

  async traffic(): Promise<Traffic> {
    const { in_msgs, in_bytes, out_msgs, out_bytes } = (await (
      await fetch(`http://${this.#address}:${String(this.#monitor)}/varz`)
    ).json()) as Record<string, number>;
    return { inMessages: in_msgs ?? NaN, inBytes: in_bytes ?? NaN, outMessages: out_msgs ?? NaN, outBytes: out_bytes ?? NaN };
  }

  async kill(signal: 'SIGTERM' | 'SIGKILL' = 'SIGKILL'): Promise<void> {
    const child = this.#process;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => {
      child.once('exit', resolve);
    });
    child.kill(signal);
    await gone;
  }

  /** It holds its connections, and neither reads nor answers, until {@link thaw}. */
  freeze(): void {
    this.#process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process?.kill('SIGCONT');
  }

  /** Ends it and removes what it kept. */
  async close(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function answers(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    socket
      .once('data', () => {
        socket.destroy();
        resolve(true);
      })
      .once('error', () => {
        resolve(false);
      });
  });
}
