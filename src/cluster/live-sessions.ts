import { Kvm, type KV } from '@nats-io/kv';
import type { Nats } from './nats/mod.js';

/** JetStream's code of an expectation that did not hold: the key is there already. */
const WRONG_LAST_SEQUENCE = 10_071;

/** Which node has which live session, in a KV bucket: what must be ended when a node dies. Keys are `<node>.<session>`. */
export class LiveSessions {
  readonly #nats: Nats;
  readonly #kv: KV;
  readonly #bucket: string;

  private constructor(nats: Nats, kv: KV, bucket: string) {
    this.#nats = nats;
    this.#kv = kv;
    this.#bucket = bucket;
  }

  static async open(nats: Nats): Promise<LiveSessions> {
    const bucket = nats.stream('live');
    return new LiveSessions(nats, await new Kvm(nats.js).create(bucket, nats.bucket), bucket);
  }

  /** Once: a second value under one key would leave the first one in the bucket's files. */
  async add(node: string, session: string): Promise<void> {
    const key = `${node}.${session}`;
    try {
      await this.#kv.create(key, '');
    } catch (error) {
      if ((error as { code?: unknown }).code !== WRONG_LAST_SEQUENCE) throw error;
    }
  }

  /**
   * Deletes the entry itself, overwritten on the server's disk. The bucket's own `purge` would leave a marker behind that names the
   * session, which may be erased later and must not be found then.
   */
  async remove(node: string, session: string): Promise<void> {
    const stream = `KV_${this.#bucket}`;
    for (;;) {
      const entry = await this.#nats.message(stream, { last_by_subj: `$KV.${this.#bucket}.${node}.${session}` });
      if (!entry) return;
      await this.#nats.jsm.streams.deleteMessage(stream, entry.seq, true);
    }
  }

  async of(node: string): Promise<string[]> {
    const sessions: string[] = [];
    for await (const key of await this.#kv.keys(`${node}.*`)) sessions.push(key.slice(node.length + 1));
    return sessions;
  }
}
