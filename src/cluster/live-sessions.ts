import { Kvm, type KV } from '@nats-io/kv';
import type { Nats } from '../bus/nats/mod.js';

/** Which node has which live session, in a KV bucket: what must be ended when a node dies. Keys are `<node>.<session>`. */
export class LiveSessions {
  readonly #kv: KV;

  private constructor(kv: KV) { this.#kv = kv; }

  static async open(nats: Nats): Promise<LiveSessions> {
    return new LiveSessions(await new Kvm(nats.js).create(nats.stream('live'), nats.bucket));
  }

  async add(node: string, session: string): Promise<void> { await this.#kv.put(`${node}.${session}`, ''); }

  async remove(node: string, session: string): Promise<void> { await this.#kv.purge(`${node}.${session}`); }

  async of(node: string): Promise<string[]> {
    const sessions: string[] = [];
    for await (const key of await this.#kv.keys(`${node}.*`)) sessions.push(key.slice(node.length + 1));
    return sessions;
  }
}
