// A process that writes to a store as fast as it can and says on stdout what a viewer or the API was told, until it is killed.
//
//   R                 the store is open
//   T session seq id  a viewer was told of this event (id: of the annotation that it closes, else -)
//   A session id      the API showed this closed annotation
//   E session         erasing begins      D session   erased
import { writeSync } from 'node:fs';
import { InProcessBus } from '../../dist/src/events/bus/mod.js';
import { openStore } from '../../dist/src/store/mod.js';

const [folder, trial] = process.argv.slice(2);
// A pipe refuses a write while its reader is behind; then it is tried again: what is said is said before anything else is done.
const say = (...words) => {
  let left = Buffer.from(`${words.join(' ')}\n`);
  while (left.length > 0) {
    try {
      left = left.subarray(writeSync(1, left));
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
};
const totals = { duration: 1, frames_received: 1, frames_analyzed: 1, frames_dropped: 0, annotations: { micro: 0, macro: 0 } };
const random = (below) => Math.floor(Math.random() * below);

const store = await openStore(folder, { keepImages: true });
const bus = new InProcessBus({
  commit: (event) => store.append(event),
  archive: (session, since, limit) => store.events(session, since, limit),
});
bus.subscribe(undefined, (event) => {
  if ('seq' in event) say('T', event.session, event.seq, event.type === 'annotation.closed' ? event.annotation.id : '-');
});
say('R');

let sessions = 0;
const live = [];
const begin = () => {
  const id = `k${trial}x${sessions++}`;
  store.begin({ id, name: `name-${id}` });
  bus.publish({ type: 'session.started', session: id, t: 0, name: 'k', video: { width: 1, height: 1, codec: 'vp8' } });
  live.push({ id, annotations: 0 });
};

for (;;) {
  if (live.length < 4) begin();
  const session = live[random(live.length)];
  const { id } = session;
  const annotation = `${id}-${++session.annotations}`;
  const t = session.annotations;
  bus.publish({ type: 'annotation.opened', session: id, t, annotation, face: 'f1', kind: 'micro', onset: t, apex: t });
  for (let i = random(4); i > 0; i--)
    bus.publish({ type: 'annotation.updated', session: id, t, annotation, mellm: { delta: 'x'.repeat(random(400)) } });
  if (random(4) === 0) store.addImage(id, annotation, 'apex', Buffer.from(`${id}-pixels`.repeat(random(2000))));
  // Some stay open, for the next start to close.
  if (random(8) > 0) {
    bus.publish({
      type: 'annotation.closed',
      session: id,
      t,
      annotation: {
        id: annotation,
        session: id,
        face: 'f1',
        kind: 'micro',
        onset: t,
        apex: t,
        offset: t,
        score: 1,
        aus: [],
        emotion: null,
        rois: [],
        text: 'y'.repeat(random(3000)),
        source: { flow: null, mellm: null },
        latency_ms: { spot: null, flow: null, mellm: null },
      },
    });
  }
  if (random(8) === 0) {
    live.splice(live.indexOf(session), 1);
    bus.publish({ type: 'session.ended', session: id, t, reason: 'ended', totals });
    if (random(3) > 0)
      void store.flush().then(async () => {
        say('E', id);
        await store.erase(id);
        say('D', id);
      });
  }
  if (random(20) === 0)
    void store.annotations(id).then((shown) => {
      for (const one of shown) say('A', id, one.id);
    });
  if (random(3) === 0) await new Promise((resolve) => setTimeout(resolve, random(4)));
}
