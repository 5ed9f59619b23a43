import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EventDraft } from '../../../events/schema.js';
import { EventAllowances, EVENTS_PER_SECOND } from './allowance.js';
import { EventPacer, MOST_FAULTS } from './event-pacer.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const fault = (code = 'vision_failed'): EventDraft => ({ type: 'error', session: 's', t: 1, code, message: 'm' });
const totals = { duration: 0, frames_received: 0, frames_analyzed: 0, frames_dropped: 0, annotations: { micro: 0, macro: 0 } };
const end: EventDraft = { type: 'session.ended', session: 's', t: 1, reason: 'ended', totals };
const opened = (annotation: string): EventDraft => ({
  type: 'annotation.opened',
  session: 's',
  t: 1,
  annotation,
  face: 'f1',
  kind: 'micro',
  onset: 0,
  apex: 0.1,
  score: 1,
});
const text = (annotation: string, delta: string): EventDraft => ({
  type: 'annotation.updated',
  session: 's',
  t: 1,
  annotation,
  mellm: { delta },
});

interface Sent {
  readonly at: number;
  readonly draft: EventDraft;
}

function fixture(allowances = new EventAllowances(), writer = 'w') {
  const sent: Sent[] = [];
  const suppressed: string[] = [];
  const faulty: true[] = [];
  const pacer = new EventPacer({
    session: 's',
    allowance: allowances.open(writer),
    publish: (draft) => {
      sent.push({ at: performance.now(), draft });
    },
    onSuppressed: (code) => suppressed.push(code),
    onFaulty: () => faulty.push(true),
  });
  return { pacer, sent, suppressed, faulty };
}

/** The most events within any second. */
const busiest = (sent: readonly Sent[]): number =>
  Math.max(0, ...sent.map(({ at }) => sent.filter((other) => other.at >= at && other.at < at + 1000).length));

const codes = (sent: readonly Sent[]): string[] => sent.map(({ draft }) => (draft.type === 'error' ? draft.code : draft.type));

describe('EventPacer', () => {
  it('makes a recording wait while many alerts do, and ends none for its faults', async () => {
    const faulty: true[] = [];
    const sent: EventDraft[] = [];
    const pacer = new EventPacer({
      session: 's',
      allowance: new EventAllowances().open('w'),
      publish: (draft) => sent.push(draft),
      endsFaulty: false,
      onFaulty: () => faulty.push(true),
    });
    for (let i = 0; i <= MOST_FAULTS; i++) pacer.offer(fault('decode_failed'));
    expect(faulty).toEqual([]);
    await pacer.room();
    for (let i = 0; i < 40; i++) pacer.offer(opened(`s-${String(i)}`));
    let room = false;
    const waited = pacer.room().then(() => {
      room = true;
    });
    await vi.advanceTimersByTimeAsync(1000);
    expect(room).toBe(false);
    await vi.advanceTimersByTimeAsync(6000);
    await waited;
    expect(sent.filter(({ type }) => type === 'annotation.opened').length).toBeGreaterThan(20);
    for (let i = 40; i < 80; i++) pacer.offer(opened(`s-${String(i)}`));
    const last = pacer.room();
    pacer.offer(end);
    await last;
  });

  it('lets at most five events a second through, and sums up the others', () => {
    const { pacer, sent, suppressed } = fixture();
    for (let i = 0; i < 1000; i++) {
      pacer.offer(fault());
      vi.advanceTimersByTime(12);
    }
    expect(busiest(sent)).toBeLessThanOrEqual(EVENTS_PER_SECOND);
    const summaries = sent.filter(({ draft }) => draft.type === 'error' && draft.code === 'events_suppressed');
    expect(summaries).toHaveLength(1);
    expect(summaries[0]?.draft).toMatchObject({
      message: expect.stringMatching(/^\d{3} events suppressed.*vision_failed \d{3}$/) as string,
    });
    expect(sent.length - 1 + suppressed.length).toBe(1000);
    pacer.offer(end);
    expect(codes(sent).slice(-2)).toEqual(['events_suppressed', 'session.ended']);
  });

  it.each(['decode_failed', 'format_changed', 'too_heavy'])('ends a session whose video keeps failing (%s), once', (code) => {
    const { pacer, sent, faulty } = fixture();
    for (let i = 0; i <= MOST_FAULTS + 20; i++) pacer.offer(fault(code));
    expect(faulty).toHaveLength(1);
    pacer.offer(end);
    expect(codes(sent).filter((each) => each === 'faulty_video')).toHaveLength(1);
    expect(sent.length).toBeLessThanOrEqual(EVENTS_PER_SECOND);
    expect(sent.at(-2)?.draft).toMatchObject({
      code: 'faulty_video',
      message: expect.stringMatching(/more than 30 times.*events suppressed/) as string,
    });
  });

  it.each(['store_full', 'store_recovered', 'server_draining'])(
    'tells what befalls the server (%s), however busy the session is',
    (code) => {
      const { pacer, sent, suppressed } = fixture();
      for (let i = 0; i < 8; i++) pacer.offer(opened(`a${String(i)}`));
      pacer.offer(fault(code));
      expect(codes(sent)).toContain(code);
      expect(suppressed).toEqual([]);
    },
  );

  it('tells why the source failed, however many alerts the end closes', () => {
    const { pacer, sent } = fixture();
    for (let i = 0; i < 8; i++) pacer.offer(opened(`a${String(i)}`));
    pacer.offer(fault('source_failed'));
    pacer.offer(end);
    expect(codes(sent)).toContain('source_failed');
    expect(codes(sent).at(-1)).toBe('session.ended');
  });

  it("ends nobody for a fault now and then, nor for one of the server's", () => {
    const { pacer, faulty } = fixture();
    for (let i = 0; i < 100; i++) {
      pacer.offer(fault('decode_failed'));
      vi.advanceTimersByTime(500);
    }
    for (let i = 0; i < 100; i++) pacer.offer(fault('vision_failed'));
    expect(faulty).toEqual([]);
  });

  it('loses nothing of alerts: what is too much waits, in order, and text is joined', () => {
    const { pacer, sent } = fixture();
    pacer.offer(opened('a'));
    for (let i = 0; i < 40; i++) {
      pacer.offer(text('a', `${String(i)} `));
      vi.advanceTimersByTime(20);
    }
    pacer.offer(opened('b'));
    vi.advanceTimersByTime(5000);
    expect(busiest(sent)).toBeLessThanOrEqual(EVENTS_PER_SECOND);
    const said = sent.flatMap(({ draft }) => (draft.type === 'annotation.updated' ? [draft.mellm?.delta ?? ''] : [])).join('');
    expect(said).toBe(Array.from({ length: 40 }, (_, i) => `${String(i)} `).join(''));
    expect(codes(sent)[0]).toBe('annotation.opened');
    expect(codes(sent).at(-1)).toBe('annotation.opened');
  });

  it('opens no alert while too many wait, and counts it', () => {
    const { pacer, sent, suppressed } = fixture();
    let admitted = 0;
    for (let i = 0; i < 100; i++)
      if (pacer.admitsAlert()) {
        admitted++;
        pacer.offer(opened(String(i)));
      }
    expect(admitted).toBeLessThan(30);
    expect(suppressed).toHaveLength(100 - admitted);
    vi.advanceTimersByTime(9000);
    expect(codes(sent).filter((code) => code === 'annotation.opened')).toHaveLength(admitted);
    expect(busiest(sent)).toBeLessThanOrEqual(EVENTS_PER_SECOND);
    expect(pacer.admitsAlert()).toBe(true);
  });

  it('keeps room for alerts beside faults', () => {
    const { pacer, sent } = fixture();
    for (let i = 0; i < 20; i++) pacer.offer(fault());
    pacer.offer(opened('a'));
    expect(codes(sent).at(-1)).toBe('annotation.opened');
  });

  it('says what waits before the end, and counts a publisher over its sessions', () => {
    const allowances = new EventAllowances();
    const all: Sent[] = [];
    for (let i = 0; i < 20; i++) {
      const { pacer, sent } = fixture(allowances);
      for (let n = 0; n < 10; n++) pacer.offer(fault());
      pacer.offer(end);
      all.push(...sent.filter(({ draft }) => draft.type !== 'session.ended'));
      vi.advanceTimersByTime(100);
    }
    // Ends and their summaries pass always; faults of twenty sessions in two seconds have one publisher's share.
    expect(codes(all).filter((code) => code === 'vision_failed').length).toBeLessThanOrEqual(2 * EVENTS_PER_SECOND);
    vi.advanceTimersByTime(1100);
    allowances.open('x');
    expect(allowances.size).toBe(1);
  });
});
