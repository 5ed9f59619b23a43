import { describe, expect, it } from 'vitest';
import { eventSchema, type Annotation, type Event } from '../../src/events/mod.js';
import { InProcessBus } from '../../src/events/bus/mod.js';
import { Spotting } from '../../src/spotting/mod.js';
import { runSession, type SessionServices } from '../../src/pipeline/mod.js';
import { Metrics } from '../../src/telemetry/mod.js';
import { FakeSource, fakeVision, pulse, type Motion } from '../support/pipeline-fakes.js';

interface Setup {
  source: FakeSource;
  events: Event[];
  annotations: Annotation[];
  metrics: Metrics;
  ended: Promise<void>;
  failures: unknown[];
  close(): void;
}

function start(vision: SessionServices['vision'], extra: Partial<SessionServices> = {}, source = new FakeSource()): Setup {
  const bus = new InProcessBus();
  const metrics = new Metrics();
  const events: Event[] = [];
  const annotations: Annotation[] = [];
  const failures: unknown[] = [];
  bus.subscribe('s', (event) => {
    events.push(event);
    if (event.type === 'annotation.closed') annotations.push(event.annotation);
  });
  const session = runSession(
    source,
    { id: 's', name: 'test', spotting: new Spotting({ microMax: 0.5, sensitivity: 1, falseAlarms: 0.5 }) },
    {
      vision,
      metrics,
      publish: (draft) => {
        bus.publish(draft);
      },
      onFailure: (_s, _stage, error) => failures.push(error),
      ...extra,
    },
  );
  return {
    source,
    events,
    annotations,
    metrics,
    failures,
    ended: session.ended,
    close: () => {
      session.close('ended');
    },
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Sends `seconds` of 30 fps, letting the pipeline keep up. */
async function film(source: FakeSource, from: number, seconds: number): Promise<void> {
  for (let i = Math.round(from * 30); i < Math.round((from + seconds) * 30); i++) {
    source.send(i / 30);
    await turn();
    await turn();
  }
}

const browRaise: Motion = pulse(4, 0.15, 2.5);

describe('a session', () => {
  it('tells its viewers of a frame rate that is too low', async () => {
    const run = start(fakeVision(() => 0));
    run.source.begin();
    for (let i = 0; i < 15; i++) {
      run.source.send(i / 7.5);
      await turn();
      await turn();
    }
    run.close();
    await run.ended;
    const last = run.events.filter((event) => event.type === 'track').at(-1);
    expect(last?.quality.faults).toEqual(['few_frames']);
    expect(eventSchema.safeParse(last).success).toBe(true);
    run.metrics.close();
  });

  it('tells a brow raise as one annotation, in order, valid by the schema, with gapless seq', async () => {
    const run = start(fakeVision(browRaise));
    run.source.begin();
    await film(run.source, 0, 7);
    run.close();
    await run.ended;
    const durable = run.events.filter((event) => 'seq' in event);
    expect(durable.map((event) => event.seq)).toEqual(durable.map((_, i) => i + 1));
    for (const event of run.events) expect(eventSchema.safeParse(event).error?.message).toBeUndefined();
    expect(durable[0]?.type).toBe('session.started');
    expect(durable.at(-1)).toMatchObject({
      type: 'session.ended',
      reason: 'ended',
      totals: { frames_analyzed: 210, annotations: { micro: 1, macro: 0 } },
    });
    const opened = durable.filter((event) => event.type === 'annotation.opened');
    const closed = durable.filter((event) => event.type === 'annotation.closed');
    expect(opened).toHaveLength(1);
    expect(closed).toHaveLength(1);
    expect(opened[0]!.t - opened[0]!.apex).toBeLessThanOrEqual(0.15 + 1e-6);
    const annotation = run.annotations[0]!;
    expect(annotation).toMatchObject({ kind: 'micro', face: 'f1', incomplete: ['flow', 'mellm'], source: { flow: null, mellm: null } });
    expect(Math.abs(annotation.apex - 4.15)).toBeLessThanOrEqual(0.05);
    expect(run.source.acks).toBe(210);
    run.metrics.close();
  });

  it('sends track and signal at most ten times a second and face', async () => {
    const run = start(fakeVision(() => 0));
    run.source.begin();
    await film(run.source, 0, 4);
    run.close();
    await run.ended;
    expect(run.events.filter((event) => event.type === 'track').length).toBeLessThanOrEqual(41);
    const signals = run.events.filter((event) => event.type === 'signal');
    expect(signals.length).toBeLessThanOrEqual(41);
    expect(signals.flatMap((event) => event.t).length).toBeGreaterThan(100);
    // One packet and one wake-up for both.
    const ephemeral = run.events.filter(({ type }) => type === 'track' || type === 'signal').map(({ type }) => type);
    expect(ephemeral.filter((type, i) => type === 'signal' && ephemeral[i - 1] !== 'track')).toEqual([]);
    expect(run.annotations).toEqual([]);
    run.metrics.close();
  });

  it('drops the oldest frames when vision is slow, counts them, and does not grow', async () => {
    const run = start(fakeVision(() => 0, { ms: 20 }));
    run.source.begin();
    for (let i = 0; i < 100; i++) run.source.send(i / 30);
    await new Promise((resolve) => setTimeout(resolve, 200));
    run.close();
    await run.ended;
    const ended = run.events.at(-1);
    expect(ended).toMatchObject({ type: 'session.ended', totals: { frames_dropped: 94, frames_analyzed: 6 } });
    expect((await run.metrics.expose(undefined)).body).toContain('mellm_frames_dropped_total{stage="track",reason="busy"} 94');
    run.metrics.close();
  });

  it('drops nothing of a lossless source', async () => {
    const run = start(
      fakeVision(() => 0),
      {},
      new FakeSource(true),
    );
    run.source.begin();
    for (let i = 0; i < 100; i++) run.source.send(i / 30);
    run.source.end('ended');
    await run.ended;
    expect(run.events.at(-1)).toMatchObject({ totals: { frames_dropped: 0, frames_analyzed: 100 } });
    run.metrics.close();
  });

  it('tells that its source failed even where the source does not say why', async () => {
    const run = start(
      fakeVision(() => 0),
      {},
      new FakeSource(true),
    );
    run.source.begin();
    run.source.end('failed');
    await run.ended;
    expect(run.events.slice(-2)).toMatchObject([
      { type: 'error', code: 'source_failed' },
      { type: 'session.ended', reason: 'failed' },
    ]);
    run.metrics.close();
  });

  it("waits, frame by frame, for a recording's texts from a slow server, however many", async () => {
    let answering = 0;
    let most = 0;
    let asked = 0;
    const raises = pulse(1, 0.15, 2.5);
    const run = start(
      fakeVision((t) => raises(((t - 2) % 2) + 0.5), { faces: 2 }),
      {
        alertTimeoutMs: 20,
        measure: async () => ({ rois: [], head: { u: 0, v: 0, rotation: 0 }, source: 'm@1', ms: 1 }),
        describe: async (_report, _onText, _signal, _annotation, { patient }) => {
          expect(patient).toBe(true);
          asked++;
          most = Math.max(most, ++answering);
          await new Promise((resolve) => setTimeout(resolve, 100));
          answering--;
          return { text: 'slow', aus: [], source: 'slow/m', ms: 100 };
        },
      },
      new FakeSource(true),
    );
    run.source.begin();
    // As a recorded file sends: four frames ahead of what was dealt with.
    for (let i = 0; i < 80 * 30; i++) {
      while (i - run.source.acks >= 4) await turn();
      run.source.send(i / 30);
    }
    run.close();
    await run.ended;
    const closed = run.annotations.filter(({ withdrawn }) => withdrawn === undefined);
    expect(closed.length).toBeGreaterThan(40);
    expect(closed.filter(({ text }) => text === 'slow')).toHaveLength(closed.length);
    expect(asked).toBe(closed.length);
    expect(most).toBeLessThanOrEqual(24);
    run.metrics.close();
  });

  it('goes on when vision fails on frames, and closes what was open when the publisher dies in the middle', async () => {
    const run = start(fakeVision(browRaise, { fail: (t) => t > 1 && t < 1.1 }));
    run.source.begin();
    await film(run.source, 0, 4.27);
    run.source.end('timeout', 'nothing came for 10 s');
    await run.ended;
    expect(run.failures.length).toBeGreaterThan(0);
    const opened = run.events.filter((event) => event.type === 'annotation.opened').length;
    expect(run.events.filter((event) => event.type === 'annotation.closed')).toHaveLength(opened);
    expect(run.events.at(-1)).toMatchObject({ type: 'session.ended', reason: 'timeout' });
    expect(run.events.at(-2)).toMatchObject({ type: 'error', code: 'source_timeout' });
    run.metrics.close();
  });

  it('measures flow at once, streams the text and closes with both', async () => {
    const report = {
      rois: [{ region: 'left inner eyebrow', mean_magnitude: 1, max_magnitude: 2, direction: 'up', angle_deg: 90, concentration: 1 }],
      head: { u: 0, v: 0, rotation: 0 },
      source: 'meflownet@12345678',
      ms: 5,
    };
    const run = start(fakeVision(browRaise), {
      measure: async () => report,
      describe: async (_report, onText) => {
        onText('The brows ');
        await turn();
        onText('rise.');
        return {
          text: 'The brows rise.',
          aus: [{ au: 'AU1', side: 'both', confidence: 0.9 }],
          emotion: { label: 'surprise', probabilities: { negative: 0, positive: 0, surprise: 1, other: 0 } },
          source: 'embedded@12345678',
          ms: 9,
        };
      },
    });
    run.source.begin();
    await film(run.source, 0, 7);
    run.close();
    await run.ended;
    expect(run.annotations[0]).toMatchObject({
      text: 'The brows rise.',
      source: { flow: 'meflownet@12345678', mellm: 'embedded@12345678' },
      emotion: { label: 'surprise' },
    });
    expect(run.annotations[0]).not.toHaveProperty('incomplete');
    const types = run.events.filter((event) => 'seq' in event).map((event) => event.type);
    expect(types.lastIndexOf('annotation.updated')).toBeLessThan(types.indexOf('annotation.closed'));
    const text = run.events.map((event) => (event.type === 'annotation.updated' ? (event.mellm?.delta ?? '') : '')).join('');
    expect(text).toBe('The brows rise.');
    run.metrics.close();
  });

  it('says so where there are no pictures of onset and apex any more', async () => {
    const run = start(fakeVision(browRaise, { crops: false }), { measure: () => Promise.reject(new Error('there is nothing to measure')) });
    run.source.begin();
    await film(run.source, 0, 7);
    run.close();
    await run.ended;
    expect(run.annotations[0]).toMatchObject({ incomplete: ['flow', 'mellm'], failure_reason: { flow: 'no_crops' } });
    expect(run.failures).toEqual([]);
    run.metrics.close();
  });

  it('gives up on a MELLM that hangs, and says so', async () => {
    const run = start(fakeVision(browRaise), {
      measure: async () => ({ rois: [], head: { u: 0, v: 0, rotation: 0 }, source: 'm@1', ms: 1 }),
      describe: (_report, _onText, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reject(new Error('aborted'));
          });
        }),
      alertTimeoutMs: 100,
    });
    run.source.begin();
    await film(run.source, 0, 7);
    run.close();
    await run.ended;
    expect(run.annotations[0]).toMatchObject({ incomplete: ['mellm'] });
    run.metrics.close();
  });
});
