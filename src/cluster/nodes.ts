import { Kvm, type KV } from '@nats-io/kv';
import type { Subscription } from '@nats-io/transport-node';
import { z } from 'zod';
import type { Nats } from './nats/mod.js';
import type { Role } from '../config/mod.js';

const heartbeatSchema = z.object({
  v: z.literal(1),
  node: z.string(),
  roles: z.array(z.string()),
  url: z.string().describe('where publishers and viewers reach it'),
  sessions: z.int().nonnegative(),
  max: z.int().nonnegative().describe('sessions it takes at most; 0 where it takes none'),
  draining: z.boolean(),
  held: z.record(z.string().max(64), z.int().positive()).optional().describe('its sessions by the key of their token'),
});

/** A node's status, as published by itself. */
export type Heartbeat = z.infer<typeof heartbeatSchema>;

/** The payload of a heartbeat. */
export type NodeStatus = Omit<Heartbeat, 'v' | 'node'>;

/** Milliseconds between heartbeats. */
const HEARTBEAT_INTERVAL_MS = 2000;
/** Milliseconds without a heartbeat after which a node gets no new sessions. */
const SUSPECT_AFTER_MS = 5000;
/** Milliseconds between checks that this process runs, and the gap between two that means it was suspended. */
const SELF_CHECK_INTERVAL_MS = 500;
const SUSPENDED_AFTER_MS = 2000;

/**
 * All nodes, in a KV bucket: each writes its heartbeat every two seconds, and receives those of the others. A node that stops removes its
 * entry; one that dies leaves it for {@link DeadNodeReaper}.
 */
export class Nodes {
  readonly #nats: Nats;
  readonly #kv: KV;
  readonly #known = new Map<string, { beat: Heartbeat; heard: number }>();
  readonly #status: () => NodeStatus;
  readonly #deadAfter: number;
  readonly #subscription: Subscription;
  readonly #timer: NodeJS.Timeout;
  readonly #selfCheckTimer: NodeJS.Timeout;
  readonly #leave: () => void;
  /** When this process last ran its self-check. */
  #ran = performance.now();

  private constructor(nats: Nats, kv: KV, status: () => NodeStatus, deadAfter: number) {
    this.#nats = nats;
    this.#kv = kv;
    this.#status = status;
    this.#deadAfter = deadAfter;
    // A KV update is an ordinary message: a plain subscription needs no consumer that must be restored after a disconnect.
    this.#subscription = nats.nc.subscribe(`$KV.${nats.stream('nodes')}.*`, {
      callback: (error, message) => {
        if (error) return;
        const node = message.subject.split('.').at(-1) ?? '';
        const operation = message.headers?.get('KV-Operation');
        if (operation === 'DEL' || operation === 'PURGE') this.#known.delete(node);
        else this.#hear(message.data);
      },
    });
    this.#leave = nats.onReconnect(() => {
      // A node not heard during a disconnect is not dead.
      for (const known of this.#known.values()) known.heard = performance.now();
      // The others may be about to take this node for dead.
      void this.beat();
    });
    this.#timer = setInterval(() => void this.beat(), HEARTBEAT_INTERVAL_MS);
    this.#selfCheckTimer = setInterval(() => {
      this.#selfCheck();
    }, SELF_CHECK_INTERVAL_MS);
    this.#selfCheckTimer.unref();
  }

  /** @param deadAfter milliseconds without a heartbeat after which a node is dead; longer than a short network outage */
  static async join(nats: Nats, status: () => NodeStatus, deadAfter: number): Promise<Nodes> {
    const kv = await new Kvm(nats.js).create(nats.stream('nodes'), nats.bucket);
    const nodes = new Nodes(nats, kv, status, deadAfter);
    for await (const key of await kv.keys()) {
      const entry = await kv.get(key);
      if (entry?.operation === 'PUT') nodes.#hear(entry.value);
    }
    await nodes.beat();
    return nodes;
  }

  /** Publishes a heartbeat now; never rejects. */
  async beat(): Promise<void> {
    if (!this.#nats.connected) return;
    await this.#kv
      .put(this.#nats.node, JSON.stringify({ v: 1, node: this.#nats.node, ...this.#status() } satisfies Heartbeat))
      .catch(() => undefined);
  }

  /** Nodes with a recent heartbeat. */
  alive(role?: Role): Heartbeat[] {
    const now = performance.now();
    return [...this.#known.values()]
      .filter(({ heard, beat }) => now - heard < SUSPECT_AFTER_MS && (role === undefined || beat.roles.includes(role)))
      .map(({ beat }) => beat);
  }

  /** Nodes that died without removing their entry. */
  dead(): string[] {
    this.#selfCheck();
    if (!this.#nats.connected) return [];
    const now = performance.now();
    return [...this.#known].filter(([node, { heard }]) => node !== this.#nats.node && now - heard > this.#deadAfter).map(([node]) => node);
  }

  /** Nodes that are not reaped, with or without a recent heartbeat. */
  known(role: Role): Heartbeat[] {
    return [...this.#known.values()].map(({ beat }) => beat).filter(({ roles }) => roles.includes(role));
  }

  /**
   * The least loaded other node, which is charged with one session; undefined where all are full.
   *
   * @param apart nodes that were asked already
   */
  leastLoaded(apart: ReadonlySet<string> = new Set()): Heartbeat | undefined {
    const [leastLoaded] = this.alive('ingest')
      .filter(({ node, draining, sessions, max }) => node !== this.#nats.node && !apart.has(node) && !draining && sessions < max)
      .sort((a, b) => a.sessions / a.max - b.sessions / b.max);
    // Counts until its next heartbeat, so that concurrent publishers are not all sent to the same node.
    const known = leastLoaded && this.#known.get(leastLoaded.node);
    if (known) known.beat = { ...known.beat, sessions: known.beat.sessions + 1 };
    return leastLoaded;
  }

  /** Live sessions of a token at other nodes with a recent heartbeat. */
  heldElsewhere(key: string): number {
    return this.alive('ingest').reduce((sum, { node, held }) => sum + (node === this.#nats.node ? 0 : (held?.[key] ?? 0)), 0);
  }

  /** Forgets a node that was reaped. */
  async reap(node: string): Promise<void> {
    await this.#kv.purge(node);
    this.#known.delete(node);
  }

  /** Stops the heartbeat and removes the entry. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    clearInterval(this.#selfCheckTimer);
    this.#leave();
    this.#subscription.unsubscribe();
    if (this.#nats.connected) await this.#kv.purge(this.#nats.node).catch(() => undefined);
  }

  /** A process that was suspended (stopped, frozen, starved of CPU) received no heartbeats, so the others are not dead. */
  #selfCheck(): void {
    const now = performance.now();
    if (now - this.#ran > SUSPENDED_AFTER_MS) for (const known of this.#known.values()) known.heard = now;
    this.#ran = now;
  }

  #hear(data: Uint8Array): void {
    let value: unknown;
    try {
      value = JSON.parse(new TextDecoder().decode(data));
    } catch {
      return;
    }
    const beat = heartbeatSchema.safeParse(value);
    if (beat.success) this.#known.set(beat.data.node, { beat: beat.data, heard: performance.now() });
  }
}
