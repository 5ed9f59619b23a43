import { expect, it } from 'vitest';
import type { DurableEvent } from '../events/schema.js';
import { MemoryStore } from './memory-store.js';
import type { SessionPage } from './store.js';

const totals = { duration: 1, frames_received: 30, frames_analyzed: 30, frames_dropped: 0, annotations: { micro: 0, macro: 0 } };

function run(store: MemoryStore, session: string, events: number, end = true): void {
  store.begin({ id: session, name: session });
  for (let seq = 1; seq < events; seq++) store.append({ type: 'error', session, seq, t: 0, code: 'some', message: 'thing' });
  if (end) store.append({ type: 'session.ended', session, seq: events, t: 1, reason: 'ended', totals } satisfies DurableEvent);
}

it('forgets the oldest ended sessions when there are too many, or too much was said in them', async () => {
  const forgotten: string[] = [];
  const store = new MemoryStore({ keepSessions: 3, keepEvents: 100, onForget: (id) => forgotten.push(id) });
  run(store, 'live', 500, false);
  for (const id of ['a', 'b', 'c', 'd']) run(store, id, 10);
  store.begin({ id: 'e', name: 'e' });
  expect(forgotten).toEqual(['a']);
  run(store, 'long', 1000);
  store.begin({ id: 'f', name: 'f' });
  expect(forgotten.sort()).toEqual(['a', 'b', 'c', 'd']);
  expect((await store.list()).map(({ id }) => id)).toEqual(['f', 'long', 'e', 'live']);
});

it('remembers whom a session counts against', async () => {
  const store = new MemoryStore();
  store.begin({ id: 'a', name: 'a', writer: 'somebody' });
  expect([await store.writer('a'), await store.writer('nobody')]).toEqual(['somebody', undefined]);
});

it('tells of the sessions of a name, and of those that are live, as if there were no others', async () => {
  const store = new MemoryStore();
  for (let n = 0; n < 3; n++) store.begin({ id: `mine${String(n)}`, name: 'Desk' });
  for (const id of ['a', 'b', 'c']) run(store, id, 1, id !== 'b');
  const ids = async (page: SessionPage): Promise<string[]> => (await store.list(page)).map(({ id }) => id);
  expect(await ids({ limit: 2, name: 'Desk' })).toEqual(['mine2', 'mine1']);
  expect(await ids({ limit: 2, name: 'Desk', before: 'mine1' })).toEqual(['mine0']);
  expect(await ids({ limit: 2, state: 'live' })).toEqual(['b', 'mine2']);
  expect(await ids({ limit: 9, state: 'live', name: 'Desk', before: 'mine2' })).toEqual(['mine1', 'mine0']);
  expect(await ids({ before: 'nobody' })).toEqual([]);
});
