import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { annotationSchema, eventSchema, type Annotation, type Event } from '../../src/events/mod.js';
import { ReplayPublisher } from '../../lab/bench/replay-publisher.js';
import { sampleClip } from '../../lab/bench/sample.js';
import type { MellmServer } from '../../src/server/mod.js';
import { startServer } from '../support/start-server.js';

let server: MellmServer;
beforeAll(async () => {
  server = await startServer({ server: { max_sessions: 2 }, limits: { pending_sessions: 2 }, webrtc: { media_timeout_ms: 2000 } });
});
afterAll(async () => {
  await server.close();
});

interface Viewer {
  events: Event[];
  socket: WebSocket;
  waitFor(type: Event['type'], ms?: number): Promise<Event>;
}

function view(session: string, since = 0): Viewer {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws?session=${session}&since=${String(since)}`, 'mellm.v1');
  const events: Event[] = [];
  socket.on('message', (data) => events.push(JSON.parse((data as Buffer).toString()) as Event));
  return {
    events,
    socket,
    waitFor: async (type, ms = 30_000) => {
      const deadline = Date.now() + ms;
      for (;;) {
        const found = events.find((event) => event.type === type);
        if (found) return found;
        if (Date.now() > deadline)
          throw new Error(`no ${type} within ${String(ms)} ms; saw ${[...new Set(events.map((event) => event.type))].join(', ')}`);
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    },
  };
}

/** Where the sample moves, in media seconds of its first round. */
const TRUTH = [3.17, 6.7, 10.16, 12.58];
const SAMPLE_SECONDS = 14;

const closedIn = ({ events }: Viewer): Annotation[] =>
  events.flatMap((event) => (event.type === 'annotation.closed' && !event.annotation.withdrawn ? [event.annotation] : []));

/** What was found where it was put, with its flow. */
const isTrue = ({ kind, apex, incomplete = [] }: Annotation): boolean =>
  kind === 'micro' && !incomplete.includes('flow') && TRUTH.some((time) => Math.abs((apex % SAMPLE_SECONDS) - time) < 0.1);

describe('a publisher of another WebRTC stack (libdatachannel)', () => {
  it('streams the sample; viewers see alerts, one drops and resumes, exports and erasure work', async () => {
    const publisher = await ReplayPublisher.start({ server: server.url, file: sampleClip(), name: 'Sample ☺ <b>' });
    const { session } = publisher;
    const viewer = view(session);
    const restless = view(session);
    expect(await viewer.waitFor('session.started')).toMatchObject({
      seq: 1,
      name: 'Sample ☺ <b>',
      video: { width: 640, height: 480, codec: 'vp8' },
    });
    expect(await viewer.waitFor('track')).toMatchObject({ face: 'f1' });
    await viewer.waitFor('annotation.opened');
    restless.socket.terminate();
    await viewer.waitFor('annotation.closed');
    // A busy machine drops frames, and may miss one of them; the sample goes round until one was seen.
    await expect.poll(() => closedIn(viewer).some(isTrue), { timeout: 60_000, interval: 200 }).toBe(true);
    expect(((await (await fetch(`${server.url}/api/sessions`)).json()) as { sessions: unknown[] }).sessions).toContainEqual(
      expect.objectContaining({ id: session, state: 'live' }),
    );
    await publisher.close();
    const ended = await viewer.waitFor('session.ended');
    expect(ended).toMatchObject({ reason: 'ended' });

    const lastSeen = restless.events.flatMap((event) => ('seq' in event ? [event.seq] : [])).at(-1) ?? 0;
    const resumed = view(session, lastSeen);
    await resumed.waitFor('session.ended');
    const all = [...restless.events, ...resumed.events].flatMap((event) => ('seq' in event ? [event.seq] : []));
    expect(all).toEqual(all.map((_, i) => i + 1));

    for (const event of viewer.events) expect(eventSchema.safeParse(event).error?.message).toBeUndefined();
    const closed = closedIn(viewer);
    const first = closed.find(isTrue)!;

    const path = `${server.url}/api/sessions/${session}`;
    const json = (await (await fetch(`${path}/annotations`)).json()) as Annotation[];
    expect(json.map((annotation) => annotation.id)).toEqual(closed.map((annotation) => annotation.id));
    for (const annotation of json) annotationSchema.parse(annotation);
    expect((await (await fetch(`${path}/annotations?format=csv`)).text()).split('\r\n')[0]).toMatch(
      /^id,face,kind,onset,apex,offset,score,aus,emotion,text,file,/,
    );
    expect(await (await fetch(`${path}/annotations?format=eaf`)).text()).toContain('<ANNOTATION_DOCUMENT');
    expect((await (await fetch(`${path}/annotations?format=jsonl`)).text()).trim().split('\n')).toHaveLength(json.length);
    expect((await fetch(`${path}/annotations?format=xls`)).status).toBe(400);
    const image = await fetch(`${server.url}/api/annotations/${first.id}/apex.png`);
    expect(image.headers.get('content-type')).toBe('image/png');
    expect(
      Buffer.from(await image.arrayBuffer())
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG');

    const held = async (id: string): Promise<string[]> =>
      ((await (await fetch(`${server.url}/api/annotations/${id}/images`)).json()) as { images: string[] }).images;
    expect(await held(first.id)).toEqual(expect.arrayContaining(['onset', 'apex']));
    expect(await held('none')).toEqual([]);

    expect((await fetch(path, { method: 'DELETE' })).status).toBe(204);
    expect(await held(first.id)).toEqual([]);
    expect((await fetch(path)).status).toBe(404);
    expect((await fetch(`${server.url}/api/annotations/${first.id}/apex.png`)).status).toBe(404);
    viewer.socket.close();
    resumed.socket.close();
  }, 150_000);

  it('that dies without DELETE is ended by the timeout, and its place is free again', async () => {
    const publisher = await ReplayPublisher.start({ server: server.url, file: sampleClip() });
    const viewer = view(publisher.session);
    await viewer.waitFor('track');
    publisher.die();
    expect(await viewer.waitFor('session.ended', 20_000)).toMatchObject({ reason: expect.stringMatching(/timeout|ended|failed/) });
    viewer.socket.close();
    await expect.poll(() => server.sessions.live).toBe(0);
  }, 40_000);

  it('is refused with 503 and Retry-After when the server is full, while the others go on', async () => {
    const publishers = [
      await ReplayPublisher.start({ server: server.url, file: sampleClip() }),
      await ReplayPublisher.start({ server: server.url, file: sampleClip() }),
    ];
    await expect(ReplayPublisher.start({ server: server.url, file: sampleClip() })).rejects.toThrow(/503.*the server is full/);
    const ready = await fetch(`${server.url}/readyz`);
    expect(ready.status).toBe(503);
    expect(ready.headers.get('retry-after')).not.toBeNull();
    const viewer = view(publishers[0]!.session);
    await viewer.waitFor('track');
    viewer.socket.close();
    for (const publisher of publishers) await publisher.close();
    await expect.poll(() => server.sessions.live, { timeout: 10_000 }).toBe(0);
  }, 40_000);
});
