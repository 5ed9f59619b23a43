import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { ensureStreams, JobClient, JobWorker, Nats, NatsBus, queueState, withoutSecrets, type QueueName } from './nats/mod.js';
import type { Config, Role } from '../config/mod.js';
import type { FlowEstimator } from '../flow/mod.js';
import { descriptionTimeout, type Describer } from '../llm/mod.js';
import type { SessionServices } from '../pipeline/mod.js';
import type { Store } from '../store/mod.js';
import type { Logger, Metrics } from '../telemetry/mod.js';
import { BusStore } from './bus-store.js';
import { Control, type Handle, type Command } from './control.js';
import { remoteFlow, serveFlow } from './flow-jobs.js';
import { LiveSessionList } from './live-sessions.js';
import { remoteDescriber, serveLlm } from './llm-jobs.js';
import { Nodes, type NodeStatus } from './nodes.js';
import { purgeSession } from './purge-session.js';
import { SharedTickets } from './shared-tickets.js';
import { Signalling } from './signalling.js';
import { StoreService } from './store-service.js';
import { DeadNodeReaper } from './dead-node-reaper.js';

interface StoreHooks {
  /** Erases what NATS holds of a session, before it is deleted in the store. */
  readonly beforeDelete: (session: string) => Promise<unknown>;
  /** A session was forgotten or erased. */
  readonly onForget: (session: string) => void;
}

export interface ClusterOptions {
  readonly config: Config;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Opens the store, in the process with the role `store`. */
  readonly openStore: (hooks: StoreHooks) => Promise<{ readonly store: Store; close(): Promise<void> }>;
  /** A session of this process was ended by another one, which took this process for dead. */
  readonly onFenced: (session: string) => void;
  /** Handles a command to a session of this process. */
  readonly handle: Handle;
  /** Ids of this process's live sessions. */
  readonly own: () => readonly string[];
}

/** Milliseconds between updates of the queue metrics. */
const POLL_INTERVAL_MS = 5000;

/** This process as a member of an installation: bus, store, jobs and nodes, by its roles. */
export class Cluster {
  readonly node: string;
  readonly roles: ReadonlySet<Role>;
  readonly bus: NatsBus;
  readonly store: Store;
  /** Flow and MELLM, done by the processes with those roles. */
  readonly stages: Pick<SessionServices, 'measure' | 'describe'>;
  /** WHIP signalling between processes. */
  readonly signalling: Signalling;
  /** Valid at every `api` process; undefined where this is not one. */
  readonly tickets: SharedTickets | undefined;
  readonly #nats: Nats;
  readonly #options: ClusterOptions;
  readonly #jobs: JobClient;
  readonly #live: LiveSessionList;
  readonly #control: Control;
  readonly #workers: JobWorker[] = [];
  /** Closed in reverse. */
  readonly #parts: { close(): unknown }[] = [];
  #nodes: Nodes | undefined;
  #draining = false;

  private constructor(nats: Nats, live: LiveSessionList, tickets: SharedTickets | undefined, options: ClusterOptions) {
    const { config, log } = options;
    this.#nats = nats;
    this.#live = live;
    this.tickets = tickets;
    this.#options = options;
    this.node = nats.node;
    this.roles = new Set(config.bus.roles);
    const onProblem = (message: string, error: unknown): void => {
      log.warn({ err: error }, message);
    };
    this.store = new BusStore({ nats, bus: () => this.bus, storeNode: () => this.#nodes?.alive('store')[0]?.node, onProblem });
    this.bus = new NatsBus({
      nats,
      hear: this.roles.has('api'),
      onProblem,
      onFenced: options.onFenced,
      beforeBegin: (session) => live.add(nats.node, session),
      onEnded: (session) => {
        live.remove(nats.node, session).catch((error: unknown) => {
          onProblem('could not remove ended session from the list of live sessions', error);
        });
      },
      older: (session, since, limit) => this.store.events(session, since, limit),
      onListenerError: (error) => {
        log.error({ err: error }, 'event listener failed');
      },
    });
    this.#jobs = new JobClient(nats);
    this.#control = new Control(nats, options.handle);
    this.signalling = new Signalling(nats, () => this.#nodes);
    this.stages = config.flow.enabled
      ? {
          measure: remoteFlow(this.#jobs),
          describe: remoteDescriber(this.#jobs, { picture: config.llm.prompt === 'motion-map', emotion: config.llm.emotion }),
        }
      : {};
    const forgetting = nats.nc.subscribe(nats.subject('forget', '*'), {
      callback: (_error, message) => {
        this.bus.forget(message.subject.split('.').at(-1) ?? '');
      },
    });
    this.#parts.push(nats, this.bus, this.#jobs, this.#control, this.signalling, {
      close: () => {
        forgetting.unsubscribe();
      },
    });
  }

  /** Connects, and opens the store where this process has that role. {@link announce} follows. @throws BusError, StoreError */
  static async join(options: ClusterOptions): Promise<Cluster> {
    const {
      config: { bus: settings },
      log,
      metrics,
    } = options;
    const nats = await Nats.connect({
      url: settings.url ?? '',
      node:
        settings.node ??
        `${hostname()
          .replaceAll(/[^A-Za-z0-9_-]/g, '')
          .slice(0, 20)}-${randomBytes(4).toString('hex')}`,
      prefix: settings.prefix,
      credsFile: settings.creds_file,
      replicas: settings.replicas,
      keepHours: settings.keep_hours,
      keepBytes: settings.keep_megabytes * 2 ** 20,
      sessionMessages: settings.session_messages,
      imageBytes: settings.image_megabytes * 2 ** 20,
      onChange: (connected) => {
        metrics.busUp.set({ node: nats.node }, connected ? 1 : 0);
        if (connected) log.info('NATS reconnected');
        else log.warn('NATS disconnected: events and jobs are queued until it reconnects');
      },
    });
    try {
      await ensureStreams(nats);
      const cluster = new Cluster(
        nats,
        await LiveSessionList.open(nats),
        settings.roles.includes('api') ? await SharedTickets.open(nats) : undefined,
        options,
      );
      metrics.busUp.set({ node: nats.node }, 1);
      nats.onReconnect(() => void cluster.#restore());
      if (cluster.roles.has('store')) await cluster.#openStore();
      log.info({ node: nats.node, roles: settings.roles, nats: withoutSecrets(settings.url ?? '') }, 'joined the installation');
      return cluster;
    } catch (error) {
      await nats.close();
      throw error;
    }
  }

  get connected(): boolean {
    return this.#nats.connected;
  }

  /** Local address of the connection to NATS; undefined where it is unknown. */
  localAddress(): Promise<string | undefined> {
    return this.#nats.localAddress();
  }

  /** Publishes this node's heartbeats, and starts reaping dead nodes. @param status its current load */
  async announce(status: () => Omit<NodeStatus, 'roles'>): Promise<void> {
    const { metrics, log } = this.#options;
    const nodes = (this.#nodes = await Nodes.join(
      this.#nats,
      () => {
        const now = status();
        return { roles: [...this.roles], ...now, draining: now.draining || this.#draining };
      },
      this.#options.config.bus.dead_after_ms,
    ));
    this.#parts.push(nodes);
    if (this.roles.has('store') || this.roles.has('api')) {
      this.#parts.push(
        new DeadNodeReaper({
          nats: this.#nats,
          nodes,
          live: this.#live,
          onEnded: (session, node) => {
            metrics.sessionsReaped.inc();
            log.warn({ session, node }, 'node died: session ended');
          },
          onProblem: (message, error) => {
            log.warn({ err: error }, message);
          },
        }),
      );
    }
    const poll = setInterval(() => void this.#poll().catch(() => undefined), POLL_INTERVAL_MS);
    this.#parts.push({
      close: () => {
        clearInterval(poll);
      },
    });
    await this.#poll().catch(() => undefined);
  }

  /** Starts the job workers of this process's roles. */
  work({ flow, llm }: { readonly flow: FlowEstimator | undefined; readonly llm: Describer | undefined }): void {
    const { config } = this.#options;
    if (flow)
      this.#workers.push(
        this.#worker('flow', { batch: config.flow.max_batch, concurrency: 2, lingerMs: config.flow.max_wait_ms, serve: serveFlow(flow) }),
      );
    if (llm)
      this.#workers.push(
        this.#worker('llm', {
          batch: 1,
          concurrency: config.llm.url === undefined ? 1 : config.llm.concurrency * config.llm.url.length,
          serve: serveLlm(llm, descriptionTimeout(config)),
        }),
      );
  }

  /** URL of the least loaded node; undefined where all are full. */
  elsewhere(): string | undefined {
    return this.#nodes?.leastLoaded()?.url;
  }

  /** Live sessions of a token at other processes, by its key. */
  heldElsewhere(key: string): number {
    return this.#nodes?.heldElsewhere(key) ?? 0;
  }

  /** Sends a heartbeat now. */
  beat(): void {
    void this.#nodes?.beat();
  }

  /** Sends a command to the node that runs the session; `undefined` where none does. */
  command(session: string, command: Command): Promise<unknown> {
    return this.#control.send(session, command);
  }

  /** Marks this node as draining: no publisher is sent here any more. */
  async drain(): Promise<void> {
    this.#draining = true;
    await this.#nodes?.beat();
  }

  /** Takes no more jobs, and finishes those under way. */
  async finishJobs(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.close()));
  }

  /** Finishes jobs, flushes the bus and disconnects. */
  async close(): Promise<void> {
    await this.finishJobs();
    await this.bus.flush();
    for (const part of this.#parts.splice(0).reverse()) await part.close();
  }

  async #openStore(): Promise<void> {
    const { config, log, openStore } = this.#options;
    const opened = await openStore({
      beforeDelete: (session) => purgeSession(this.#nats, session),
      // A memory store has no `beforeDelete`.
      onForget: (session) => {
        this.bus.forget(session);
        purgeSession(this.#nats, session).catch((error: unknown) => {
          log.warn({ err: error, session }, 'could not erase deleted session from NATS');
        });
      },
    });
    this.#parts.push(opened);
    this.#parts.push(
      await StoreService.start({
        nats: this.#nats,
        store: opened.store,
        keepImages: config.store.enabled && config.store.keep_images,
        onProblem: (message, error) => {
          log.error({ err: error }, message);
        },
      }),
    );
  }

  #worker(
    queue: QueueName,
    options: Pick<ConstructorParameters<typeof JobWorker>[0], 'batch' | 'concurrency' | 'lingerMs' | 'serve'>,
  ): JobWorker {
    const { metrics, log } = this.#options;
    for (const result of ['done', 'failed', 'turned_away', 'expired', 'redelivered']) metrics.jobsTotal.inc({ queue, result }, 0);
    return new JobWorker({
      nats: this.#nats,
      queue,
      ...options,
      workers: () => this.#nodes?.alive(queue).length ?? 1,
      onJobs: (result, count) => {
        metrics.jobsTotal.inc({ queue, result }, count);
      },
      onProblem: (message, error) => {
        log.warn({ err: error, queue }, message);
      },
    });
  }

  /** Recreates the memory-backed streams after a restart of the NATS server. */
  async #restore(): Promise<void> {
    for (let i = 0; i < 20; i++) {
      try {
        await ensureStreams(this.#nats);
        return;
      } catch (error) {
        this.#options.log.warn({ err: error }, 'JetStream streams are not ready; retrying');
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    }
  }

  async #poll(): Promise<void> {
    const { metrics, own, config } = this.#options;
    metrics.busWaiting.set({ node: this.node }, this.bus.waiting);
    if (!this.#nats.connected) return;
    for (const role of ['ingest', 'flow', 'llm', 'store', 'api'] as const)
      metrics.nodes.set({ role }, this.#nodes?.alive(role).length ?? 0);
    for (const queue of ['flow', 'llm'] as const) {
      if (!this.roles.has(queue) && !this.roles.has('store')) continue;
      const { pending, unacked, limit, redelivered } = await queueState(this.#nats, queue);
      metrics.jobsPending.set({ queue }, pending);
      metrics.jobsUnacked.set({ queue }, unacked);
      metrics.jobsUnackedLimit.set({ queue }, limit);
      metrics.jobsRedelivered.set({ queue }, redelivered);
    }
    // An idle session publishes nothing, so it would not notice that another process ended it during a disconnect.
    const mine = config.bus.roles.includes('ingest') ? own().filter((session) => this.bus.owns(session)) : [];
    if (mine.length === 0) return;
    const known = new Set(await this.#live.of(this.node));
    for (const session of mine) if (!known.has(session) && this.bus.owns(session)) this.bus.fence(session);
  }
}
