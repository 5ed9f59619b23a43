import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Role } from '../../src/config/mod.js';
import { mockServer, stream, type MockServer } from '../support/mock-llm-server.js';
import { NatsServer } from '../support/nats-server.js';
import { PostgresServer } from '../support/postgres-server.js';
import { start, type Process } from '../support/installation.js';
import { Network, networkMissing, type Machine } from './network.js';

/** Options of {@link Service.start}. */
export interface ServiceOptions {
  /** What is kept lies in a real PostgreSQL. Default: in SQLite. */
  readonly postgres: boolean;
  readonly onProgress: (line: string) => void;
}

/** Which processes there are; those after the colon stand on machines of their own, whose network can be cut. */
const LAYOUT: readonly { readonly role: Role; readonly here: number; readonly apart: boolean }[] = [
  { role: 'store', here: 0, apart: true },
  { role: 'api', here: 1, apart: true },
  { role: 'flow', here: 1, apart: true },
  { role: 'llm', here: 1, apart: false },
  { role: 'ingest', here: 2, apart: true },
];

/**
 * A whole installation against a real nats-server: a store, two `api`, two `flow`, one `llm` (which asks a stand-in of an
 * OpenAI-compatible server) and three `ingest`, of which one each stands on a machine of its own where such can be made.
 */
export class Service {
  /** Folder that goes with it. */
  readonly folder = mkdtempSync(join(tmpdir(), 'mellm-scale-'));
  readonly processes: Process[] = [];
  /** Why no machine's network can be cut. */
  readonly noCuts: string | undefined = networkMissing();
  /** Where what is found is kept, as `openStore` takes it. */
  place = join(this.folder, 'store');
  nats!: NatsServer;
  readonly #options: ServiceOptions;
  #network: Network | undefined;
  #postgres: PostgresServer | undefined;
  #llm!: MockServer;
  #env: NodeJS.ProcessEnv = {};

  private constructor(options: ServiceOptions) {
    this.#options = options;
  }

  static async start(options: ServiceOptions): Promise<Service> {
    const service = new Service(options);
    try {
      await service.#start();
      return service;
    } catch (error) {
      await service.close();
      throw error;
    }
  }

  running(role: Role): Process[] {
    return this.processes.filter((process) => process.running && process.roles === role);
  }

  /** The process with this role whose network can be cut. */
  apart(role: Role): Process & { readonly machine: Machine } {
    const found = this.running(role).find(({ machine }) => machine);
    if (!found?.machine) throw new Error(`no ${role} stands apart`);
    return found as Process & { readonly machine: Machine };
  }

  get apis(): string[] {
    return this.running('api').map(({ url }) => url);
  }

  async launch(role: Role, machine?: Machine): Promise<Process> {
    const process = await start(this.nats.url, role, this.#env, machine);
    this.processes.push(process);
    this.#options.onProgress(`${role} at ${process.url}`);
    return process;
  }

  /** An answer of the first `api` that gives one. */
  async ask<T>(path: string): Promise<T> {
    for (const url of this.apis) {
      const answer = await fetch(url + path, { signal: AbortSignal.timeout(8000) }).catch(() => undefined);
      if (answer?.ok) return (await answer.json()) as T;
    }
    throw new Error(`no server of viewers answers ${path}`);
  }

  /** Asks all processes to stop, and waits for them. @returns their exit codes */
  async stop(): Promise<(number | null)[]> {
    const codes: (number | null)[] = [];
    // The stores of what is found go last, as a cluster would do it that drains.
    for (const { role } of [...LAYOUT].reverse()) {
      for (const process of this.running(role)) {
        await process.end('SIGTERM');
        codes.push(process.child.exitCode);
      }
    }
    return codes;
  }

  async close(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.end('SIGKILL')));
    await (this.nats as NatsServer | undefined)?.close();
    await (this.#llm as MockServer | undefined)?.close();
    this.#postgres?.remove();
    this.#network?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #start(): Promise<void> {
    const machines = LAYOUT.filter(({ apart }) => apart).length;
    this.#network = this.noCuts === undefined ? new Network(machines) : undefined;
    this.nats = await NatsServer.start(this.#network?.address);
    this.#llm = await mockServer((response) => stream(response));
    this.#postgres = this.#options.postgres ? await PostgresServer.start(this.#network?.address) : undefined;
    if (this.#postgres) this.place = await this.#postgres.database();
    this.#env = {
      MELLM_STORE_ENABLED: 'true',
      [this.#postgres ? 'MELLM_STORE_URL' : 'MELLM_STORE_PATH']: this.place,
      MELLM_LLM_URL: this.#llm.url,
      MELLM_LLM_MODEL: 'mock',
      MELLM_SERVER_MAX_SESSIONS: '8',
      // A node that is cut off for ten seconds hears nothing of its publishers either.
      MELLM_WEBRTC_MEDIA_TIMEOUT_MS: '20000',
    };
    const free = [...(this.#network?.machines ?? [])];
    for (const { role, here, apart } of LAYOUT) {
      for (let i = 0; i < here; i++) await this.launch(role);
      if (apart) await this.launch(role, free.shift());
    }
  }
}
