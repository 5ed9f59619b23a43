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

/** How a node stands, as it says itself. */
export type Heartbeat = z.infer<typeof heartbeatSchema>;

/** What a node says of itself with each beat. */
export type NodeStatus = Omit<Heartbeat, 'v' | 'node'>;

/** Milliseconds between beats. */
const EVERY = 2000;
/** Milliseconds without a beat after which nobody is sent to a node any more. */
const DOUBTFUL_AFTER = 5000;
/** Milliseconds between looks at the own clock, and between two of them after which this process stood still. */
const PULSE = 500;
const STOOD_STILL = 2000;

/**
 * All processes, in a KV bucket: each writes its status every two seconds, and hears the others'. A node that stops removes its
 * entry; one that dies leaves it behind for those who reap it.
 */
export class Nodes {
  readonly #nats: Nats;
  readonly #kv: KV;
  readonly #known = new Map<string, { beat: Heartbeat; heard: number }>();
  readonly #status: () => NodeStatus;
  readonly #deadAfter: number;
  readonly #subscription: Subscription;
  readonly #timer: NodeJS.Timeout;
  readonly #pulses: NodeJS.Timeout;
  readonly #leave: () => void;
  /** When this process was last seen to run, by itself. */
  #ran = performance.now();

  private constructor(nats: Nats, kv: KV, status: () => NodeStatus, deadAfter: number) {
    this.#nats = nats;
    this.#kv = kv;
    this.#status = status;
    this.#deadAfter = deadAfter;
    // What is put into a bucket is an ordinary message: hearing it needs no consumer that would have to be mended after a cut.
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
      // Who was not heard while the line was cut is not dead for that.
      for (const known of this.#known.values()) known.heard = performance.now();
      // And the others may have missed us for so long that every second counts.
      void this.beat();
    });
    this.#timer = setInterval(() => void this.beat(), EVERY);
    this.#pulses = setInterval(() => {
      this.#pulse();
    }, PULSE);
    this.#pulses.unref();
  }

  /** @param deadAfter milliseconds without a beat after which a node is dead: longer than a short cut of the network, so that it survives one */
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

  /** Tells now how this node stands; never rejects. */
  async beat(): Promise<void> {
    if (!this.#nats.connected) return;
    await this.#kv
      .put(this.#nats.node, JSON.stringify({ v: 1, node: this.#nats.node, ...this.#status() } satisfies Heartbeat))
      .catch(() => undefined);
  }

  /** Nodes heard lately. */
  alive(role?: Role): Heartbeat[] {
    const now = performance.now();
    return [...this.#known.values()]
      .filter(({ heard, beat }) => now - heard < DOUBTFUL_AFTER && (role === undefined || beat.roles.includes(role)))
      .map(({ beat }) => beat);
  }

  /** Nodes that have died without a word. */
  dead(): string[] {
    this.#pulse();
    if (!this.#nats.connected) return [];
    const now = performance.now();
    return [...this.#known].filter(([node, { heard }]) => node !== this.#nats.node && now - heard > this.#deadAfter).map(([node]) => node);
  }

  /** Nodes that are not reaped, those that were not heard lately too. */
  known(role: Role): Heartbeat[] {
    return [...this.#known.values()].map(({ beat }) => beat).filter(({ roles }) => roles.includes(role));
  }

  /**
   * The node with the most room for a session, another than this one; undefined where all are full. It is counted as taken there.
   *
   * @param apart nodes that were asked already
   */
  leastLoaded(apart: ReadonlySet<string> = new Set()): Heartbeat | undefined {
    const [leastLoaded] = this.alive('ingest')
      .filter(({ node, draining, sessions, max }) => node !== this.#nats.node && !apart.has(node) && !draining && sessions < max)
      .sort((a, b) => a.sessions / a.max - b.sessions / b.max);
    // Until its next beat says so itself: several publishers at once would all be sent to the same one.
    const known = leastLoaded && this.#known.get(leastLoaded.node);
    if (known) known.beat = { ...known.beat, sessions: known.beat.sessions + 1 };
    return leastLoaded;
  }

  /** Sessions of a token at the other nodes, as far as they are heard. */
  heldElsewhere(key: string): number {
    return this.alive('ingest').reduce((sum, { node, held }) => sum + (node === this.#nats.node ? 0 : (held?.[key] ?? 0)), 0);
  }

  /** Forgets a node that was reaped. */
  async reap(node: string): Promise<void> {
    await this.#kv.purge(node);
    this.#known.delete(node);
  }

  /** Stops beating and says good-bye. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    clearInterval(this.#pulses);
    this.#leave();
    this.#subscription.unsubscribe();
    if (this.#nats.connected) await this.#kv.purge(this.#nats.node).catch(() => undefined);
  }

  /** Where this process stood still (stopped, frozen, out of processor time), it could not hear the others: they are not dead for that. */
  #pulse(): void {
    const now = performance.now();
    if (now - this.#ran > STOOD_STILL) for (const known of this.#known.values()) known.heard = now;
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
