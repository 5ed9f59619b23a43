import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import type { Annotation } from '../../src/events/mod.js';
import { ReplayPublisher } from '../../lab/bench/replay-publisher.js';
import { sampleClip } from '../../lab/bench/sample.js';
import type { MellmServer } from '../../src/server/mod.js';
import { startServer } from '../support/start-server.js';

/** The categories, and what a sentence about them would say. */
const CATEGORY = /\b(negative|positive|surprise[ds]?|emotions?|happ(y|iness)|sad(ness)?|anger|angry|fear|disgust|contempt)\b/i;

let server: MellmServer;
let publisher: ReplayPublisher;
const messages: string[] = [];
let annotations: Annotation[] = [];

beforeAll(async () => {
  server = await startServer({ llm: { emotion: false } });
  publisher = await ReplayPublisher.start({ server: server.url, file: sampleClip() });
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws`, 'mellm.v1');
  socket.on('message', (data) => messages.push((data as Buffer).toString()));
  await vi.waitFor(
    async () => {
      annotations = (await (await fetch(`${server.url}/api/sessions/${publisher.session}/annotations`)).json()) as Annotation[];
      expect(annotations.filter(({ text }) => text !== '').length).toBeGreaterThan(0);
    },
    { timeout: 240_000, interval: 1000 },
  );
  socket.close();
}, 300_000);
afterAll(async () => {
  await publisher.close();
  await server.close();
});

it('without emotion, events and annotations name no category, in no field and in no sentence', () => {
  for (const annotation of annotations) {
    expect(annotation.emotion).toBeNull();
    expect(annotation.text).not.toMatch(CATEGORY);
  }
  for (const message of messages) expect(message.replaceAll('"emotion":null', '')).not.toMatch(CATEGORY);
});

it('nor do the exports', async () => {
  for (const format of ['json', 'jsonl', 'csv', 'eaf']) {
    const text = await (await fetch(`${server.url}/api/sessions/${publisher.session}/annotations?format=${format}`)).text();
    expect(text.replaceAll('"emotion":null', '').replace('id,face,kind,onset,apex,offset,score,aus,emotion,text', ''), format).not.toMatch(
      CATEGORY,
    );
  }
});

it('nor do the metrics', async () => {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  expect(text).toMatch(/mellm_annotations_total\{kind="micro",emotion="none"\} [1-9]/);
  expect(text).not.toMatch(/emotion="(?!none)/);
});
