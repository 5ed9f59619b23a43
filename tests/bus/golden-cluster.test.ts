import { describe, expect, it, vi } from 'vitest';
import { encodeBegin } from '../../src/cluster/nats/wire.js';
import { BusStore } from '../../src/cluster/bus-store.js';
import { Control } from '../../src/cluster/control.js';
import { Nodes } from '../../src/cluster/nodes.js';
import { StoreService } from '../../src/cluster/store-service.js';
import { MemoryStore } from '../../src/store/mod.js';
import { golden, goldenLines } from './golden.js';
import { AT, BEGIN, EVENTS } from './samples.js';
import { Wiretap } from './wiretap.js';

/** The bucket in which nodes stand. */
const bucket = vi.hoisted(() => ({ put: [] as string[], held: new Map<string, Uint8Array>() }));
vi.mock('@nats-io/kv', () => ({
  Kvm: class {
    create(): Promise<unknown> {
      return Promise.resolve({
        keys: () => Promise.resolve([...bucket.held.keys()]),
        get: (key: string) => Promise.resolve({ operation: 'PUT', value: bucket.held.get(key) }),
        put: (_key: string, value: string) => {
          bucket.put.push(value);
          return Promise.resolve(1);
        },
        purge: () => Promise.resolve(),
      });
    }
  },
}));

const whole = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const quiet = {
  onProblem: (message: string, error: unknown) => {
    throw new Error(message, { cause: error });
  },
};

describe('what processes say to each other, version 1: written and read as when it was released', () => {
  it('orders to the node that has a session, and their answers', async () => {
    const [asking, obeying] = [new Wiretap('n2'), new Wiretap('n1')];
    asking.begin = encodeBegin(BEGIN);
    const obeyed: unknown[] = [];
    const control = new Control(asking.nats, () => Promise.resolve(undefined));
    new Control(obeying.nats, (session, order) => {
      obeyed.push([session, order]);
      if (order.do === 'mark') return Promise.resolve(order.marker.code === 'late' ? 'out_of_range' : marker);
      return Promise.resolve(order.do === 'end' ? true : { per_minute: 0.5 });
    });
    const marker = { marker: 's1-m1', session: 's1', t: 1.5, wall: { at: 1_790_000_041_273, error_ms: 2 }, code: 'stimulus', trial: '12' };
    const orders = [
      { do: 'end' },
      { do: 'false_alarms', per_minute: 0.5 },
      { do: 'mark', marker: { code: 'stimulus', trial: '12', at: 1_790_000_041_273 }, arrived: 1_790_000_041_300 },
      { do: 'mark', marker: { code: 'late', t: 99 }, arrived: 1_790_000_041_300 },
    ] as const;
    for (const order of orders) await control.send('s1', order);
    const questions = goldenLines(
      'control-orders.v1.jsonl',
      asking.sent.map(({ data }) => data),
    );
    expect(asking.sent.map(({ subject }) => subject)).toEqual(orders.map(() => 'mellm.control.n1'));

    const answers: Uint8Array[] = [];
    for (const question of questions) answers.push(whole(await obeying.deliver('mellm.control.n1', question)));
    expect(obeyed).toEqual(orders.map((order) => ['s1', order]));
    const released = goldenLines('control-answers.v1.jsonl', answers);
    asking.reply = () => released.shift() ?? new Uint8Array();
    expect(await control.send('s1', orders[0])).toBe(true);
    expect(await control.send('s1', orders[1])).toEqual({ per_minute: 0.5 });
    expect(await control.send('s1', orders[2])).toEqual(marker);
    expect(await control.send('s1', orders[3])).toBe('out_of_range');
  });

  it("a node's beat", async () => {
    const standing = {
      roles: ['ingest', 'api'],
      url: 'http://10.0.0.9:8080',
      sessions: 3,
      max: 16,
      draining: false,
      held: { '0123abcd': 2 },
    };
    const telling = await Nodes.join(new Wiretap('n1').nats, () => standing, 15_000);
    await telling.close();
    const beat = golden('beat.v1.json', new TextEncoder().encode(bucket.put.at(-1)));

    // Found in the bucket by one that comes later, and heard by one that is there.
    bucket.held.set('n1', beat);
    const late = await Nodes.join(new Wiretap('n2').nats, () => standing, 15_000);
    await late.close();
    bucket.held.clear();
    const wire = new Wiretap('n3');
    const there = await Nodes.join(wire.nats, () => standing, 15_000);
    await there.close();
    expect(there.alive()).toEqual([]);
    await wire.deliver('$KV.mellm_nodes.n1', beat);
    for (const nodes of [late, there]) {
      expect(nodes.alive('ingest')).toEqual([{ v: 1, node: 'n1', ...standing }]);
      expect(nodes.heldElsewhere('0123abcd')).toBe(2);
    }
  });

  it("questions to the store, its answers, and a session's totals so far", async () => {
    const [asking, keeping] = [new Wiretap('n2'), new Wiretap('n1')];
    const asked = new BusStore({
      nats: asking.nats,
      bus: () => {
        throw new Error('nothing is written here');
      },
      ...quiet,
    });
    const picture = new Uint8Array([137, 80, 78, 71]);
    const kept = Object.assign(new MemoryStore(), {
      events: (_session: string, since: number, limit: number) => Promise.resolve(EVENTS.slice(since, since + limit)),
    });
    kept.begin({ id: 's1', name: BEGIN.session.name, started: AT, made_with: BEGIN.session.made_with });
    for (const event of EVENTS) kept.append(event, AT);
    kept.begin({ id: 's2', name: '', started: AT });
    kept.addImage('s1', 's1-1', 'motion', picture);
    await StoreService.start({ nats: keeping.nats, store: kept, keepImages: false, ...quiet });

    const ask = (): Promise<unknown>[] => [
      asked.list({ limit: 10, before: 's2' }),
      asked.list(),
      asked.get('s1'),
      asked.annotations('s1'),
      asked.events('s1', 0, 1000),
      asked.erase('s9'),
    ];
    asking.reply = ({ data }) => new TextEncoder().encode(new TextDecoder().decode(data).includes('"list"') ? '[]' : 'null');
    await Promise.all(ask());
    const questions = goldenLines(
      'store-questions.v1.jsonl',
      asking.sent.map(({ data }) => data),
    );
    await asked.image('s1-1', 'motion');
    const imageQuestion = golden('store-image-question.v1.json', asking.sent.at(-1)?.data);

    const answers: Uint8Array[] = [];
    for (const question of questions) {
      const parts = await keeping.deliver('mellm.store', question);
      expect(parts.at(-1)?.byteLength).toBe(0);
      answers.push(whole(parts));
    }
    const released = goldenLines('store-answers.v1.jsonl', answers);
    expect(whole(await keeping.deliver('mellm.store', imageQuestion))).toEqual(picture);
    asking.reply = ({ data }) => released[questions.findIndex((question) => Buffer.compare(question, data) === 0)] ?? new Uint8Array();
    const [page, all, one, annotations, events, erased] = await Promise.all(ask());
    const s1 = {
      id: 's1',
      name: 'Zoë',
      state: 'ended',
      started: AT,
      ended: AT,
      reason: 'ended',
      video: { width: 640, height: 480, codec: 'vp8' },
      annotations: { micro: 1, macro: 0 },
      made_with: BEGIN.session.made_with,
    };
    expect(page).toEqual([expect.objectContaining(s1)]);
    expect(all).toEqual([expect.objectContaining({ id: 's2', state: 'live', ended: null, made_with: null }), expect.objectContaining(s1)]);
    expect(one).toMatchObject(s1);
    expect(annotations).toEqual(EVENTS.flatMap((event) => (event.type === 'annotation.closed' ? [event.annotation] : [])));
    expect(events).toEqual(EVENTS);
    expect(erased).toBe(false);

    // Filters came later. A store of before does not know them and tells of all; who asks leaves out the rest.
    asking.reply = () => released[1] ?? new Uint8Array();
    expect(await asked.list({ limit: 10, name: 'Zoë', state: 'live' })).toEqual([]);
    const filtered = golden('store-list-filtered.v1.json', asking.sent.at(-1)?.data);
    expect((await asked.list({ name: 'Zoë' })).map(({ id }) => id)).toEqual(['s1']);
    expect((await asked.list({ state: 'live' })).map(({ id }) => id)).toEqual(['s2']);
    expect(whole(await keeping.deliver('mellm.store', filtered))).toEqual(new TextEncoder().encode('[]'));

    const totals = { duration: 1.5, frames_received: 45, frames_analyzed: 44, frames_dropped: 1, annotations: { micro: 2, macro: 1 } };
    asked.progress('s2', totals);
    await keeping.deliver('mellm.progress.s2', golden('progress.v1.json', asking.last('mellm.progress.s2')?.data));
    expect((await kept.get('s2'))?.totals).toEqual(totals);
  });
});
