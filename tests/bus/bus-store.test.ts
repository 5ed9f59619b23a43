import { expect, it } from 'vitest';
import { BusStore } from '../../src/cluster/bus-store.js';
import { Control } from '../../src/cluster/control.js';
import { Wiretap } from './wiretap.js';

it.each(['a.b', '', '*', '>', 'a b', 'a\n', 'é', '../x', 'x'.repeat(65)])(
  'asks nobody for what has the id %j, which nothing can have',
  async (id) => {
    const wire = new Wiretap('n1');
    const store = new BusStore({
      nats: wire.nats,
      bus: () => {
        throw new Error('nothing is written here');
      },
      onProblem: () => undefined,
    });
    expect(await store.get(id)).toBeUndefined();
    expect(await store.annotations(id)).toEqual([]);
    expect(await store.events(id, 0, 10)).toEqual([]);
    expect(await store.writer(id)).toBeUndefined();
    expect(await store.image(id, 'apex')).toBeUndefined();
    expect(await store.erase(id)).toBe(false);
    expect(await new Control(wire.nats, () => Promise.resolve(undefined)).send(id, { do: 'end' })).toBeUndefined();
    expect(wire.sent).toEqual([]);
  },
);
