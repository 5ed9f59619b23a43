import { Kvm, type KV } from '@nats-io/kv';
import type { Nats } from './nats/mod.js';

/** JetStream's error code of a failed expectation: the key exists already. */
const WRONG_LAST_SEQUENCE = 10_071;

/** The live sessions of every node, in a KV bucket, so that they can be ended when the node dies. Keys are `<node>.<session>`. */
export class LiveSessionList {
  readonly #nats: Nats;
  readonly #kv: KV;
  readonly #bucket: string;

  private constructor(nats: Nats, kv: KV, bucket: string) {
    this.#nats = nats;
    this.#kv = kv;
    this.#bucket = bucket;
  }

  static async open(nats: Nats): Promise<LiveSessionList> {
    const bucket = nats.stream('live');
    return new LiveSessionList(nats, await new Kvm(nats.js).create(bucket, nats.bucket), bucket);
  }

  /** `create`, not `put`: a second value of a key would leave the first one in the bucket's files. */
  async add(node: string, session: string): Promise<void> {
    const key = `${node}.${session}`;
    try {
      await this.#kv.create(key, '');
    } catch (error) {
      if ((error as { code?: unknown }).code !== WRONG_LAST_SEQUENCE) throw error;
    }
  }

  /**
   * Deletes and overwrites the entry on the server's disk. The bucket's own `purge` would leave a marker that names the session, which
   * must not be found once it is erased.
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
