import type * as NatsModule from '../../../src/cluster/nats/mod.js';
import { pause } from '../clock.js';
import { round } from '../statistics.js';

/** Kinds of subject, by the word behind the prefix. */
const KINDS = ['live', 'session', 'job flow', 'job llm', 'reply with pictures', 'reply with words', 'image', 'progress'] as const;
/** A reply beyond so many bytes is a flow worker's, which holds pictures. */
const PICTURES = 8192;

/**
 * Listens to all that the processes of an installation publish, as one more client: messages and bytes of payload by kind. As
 * somebody listens, the ephemeral events are among them.
 */
export async function wireCensus(url: string, prefix: string, ms: number): Promise<Record<string, number>> {
  const { Nats }: typeof NatsModule = await import('../../../src/cluster/nats/mod.js');
  const nats = await Nats.connect({ url, node: 'census', prefix });
  const seen = new Map<string, { messages: number; bytes: number }>();
  const sessions = new Set<string>();
  try {
    nats.nc.subscribe(`${prefix}.>`, {
      callback: (error, message) => {
        if (error) return;
        const [, kind = '', second = ''] = message.subject.split('.');
        const name =
          kind === 'job'
            ? `job ${second}`
            : kind === 'reply'
              ? `reply with ${message.data.byteLength > PICTURES ? 'pictures' : 'words'}`
              : kind;
        if (kind === 'live') sessions.add(second);
        const count = seen.get(name) ?? { messages: 0, bytes: 0 };
        count.messages++;
        count.bytes += message.data.byteLength + (message.headers ? 100 : 0);
        seen.set(name, count);
      },
    });
    await nats.nc.flush();
    await pause(ms);
    const each = (value: number): number => (value / Math.max(1, sessions.size) / ms) * 1000;
    return Object.fromEntries(
      KINDS.flatMap((name) => {
        const { messages, bytes } = seen.get(name) ?? { messages: 0, bytes: 0 };
        return [
          [`published: ${name}, messages/s a session`, round(each(messages), 3)],
          [`published: ${name}, bytes a message`, messages === 0 ? 0 : Math.round(bytes / messages)],
        ];
      }),
    );
  } finally {
    await nats.close();
  }
}
