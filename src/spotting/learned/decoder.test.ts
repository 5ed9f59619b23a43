import { describe, expect, it } from 'vitest';
import { Decoder, type Decoded } from './decoder.js';
import { CLASS, CLASSES, DELAY, type TickLikelihoods } from './likelihoods.js';
import { TICK } from './ticks.js';

interface Shape {
  readonly kind: 'micro' | 'macro';
  readonly onset: number;
  readonly apex: number;
  readonly offset: number;
  readonly height: number;
}

/** Likelihoods such as the network gives: a plateau inside, a bell at the apex. */
function likelihoods(seconds: number, shapes: readonly Shape[]): TickLikelihoods[] {
  return Array.from({ length: Math.round(seconds / TICK) }, (_, k) => {
    const t = k * TICK,
      about = t - DELAY * TICK;
    const values = new Float32Array(CLASSES.length);
    for (const { kind, onset, apex, offset, height } of shapes) {
      const rim = Math.min(1, Math.max(0, Math.min(about - onset, offset - about) / 0.04 + 0.5));
      values[CLASS[kind]] = Math.max(values[CLASS[kind]]!, height * rim);
      const bell = CLASS[kind === 'micro' ? 'micro_apex' : 'macro_apex'];
      values[bell] = Math.max(values[bell]!, height * Math.exp(-0.5 * ((about - apex) / 0.03) ** 2));
    }
    return { face: 'f', t, values };
  });
}

function decode(
  ticks: readonly TickLikelihoods[],
  threshold: (kind: 'micro' | 'macro') => number = () => 0.3,
): (Decoded & { at: number })[] {
  const decoder = new Decoder({ threshold, microMax: 0.5 });
  const events = ticks.flatMap((tick) => decoder.push(tick).map((event) => ({ ...event, at: tick.t })));
  return [...events, ...decoder.flush().map((event) => ({ ...event, at: Number.NaN }))];
}

const MICRO: Shape = { kind: 'micro', onset: 1, apex: 1.17, offset: 1.4, height: 0.8 };

describe('Decoder', () => {
  it('opens a micro-expression soon after its apex and closes it at its offset', () => {
    const events = decode(likelihoods(3, [MICRO]));
    expect(events.map(({ type }) => type)).toEqual(['opened', 'closed']);
    expect(events[0]!.at - MICRO.apex).toBeLessThan(0.15);
    const { window } = events[1]!;
    expect(window.kind).toBe('micro');
    expect(window.onset).toBeCloseTo(1, 1);
    expect(window.apex).toBeCloseTo(1.17, 2);
    expect(window.offset).toBeCloseTo(1.4, 1);
    expect(window.raw).toBeCloseTo(0.8, 1);
  });

  it('keeps quiet below the threshold, which may be moved while it runs', () => {
    let threshold = 0.9;
    const ticks = likelihoods(6, [MICRO, { ...MICRO, onset: 4, apex: 4.2, offset: 4.4 }]);
    const decoder = new Decoder({ threshold: () => threshold, microMax: 0.5 });
    const events = ticks.flatMap((tick) => {
      if (tick.t > 3) threshold = 0.4;
      return decoder.push(tick);
    });
    expect(events.filter(({ type }) => type === 'opened').map(({ window }) => Math.round(window.apex))).toEqual([4]);
  });

  it('tells of a further maximum while the window may be a micro-expression, and keeps the first', () => {
    const second = (apex: number): Decoded[] =>
      decode(
        likelihoods(3, [
          { ...MICRO, offset: 1.45 },
          { ...MICRO, onset: 1.1, apex, offset: 1.45 },
        ]),
      );
    const events = second(1.3);
    expect(events.map(({ type }) => type)).toEqual(['opened', 'peaked', 'closed']);
    expect(events[1]!.window.apex).toBeCloseTo(1.3, 2);
    expect(events[2]!.window.apex).toBeCloseTo(1.17, 2);
    // Too near, or none at all.
    expect(second(1.2).map(({ type }) => type)).toEqual(['opened', 'closed']);
  });

  it('makes a macro-expression of what began like a micro and goes on, before it closes', () => {
    const events = decode(likelihoods(4, [{ ...MICRO, offset: 2.2 }]));
    expect(events.map(({ type, window }) => `${type} ${window.kind}`)).toEqual(['opened micro', 'updated macro', 'closed macro']);
    expect(events[1]!.at).toBeLessThan(1.8);
  });

  it('asks less of a macro-expression where told so, and takes it back when it proves brief and too faint for a micro-expression', () => {
    const threshold = (kind: 'micro' | 'macro'): number => (kind === 'micro' ? 0.7 : 0.3);
    const faint: Shape = { kind: 'macro', onset: 1, apex: 1.5, offset: 2.5, height: 0.5 };
    expect(decode(likelihoods(4, [faint]), threshold).map(({ type, window }) => `${type} ${window.kind}`)).toEqual([
      'opened macro',
      'closed macro',
    ]);
    expect(decode(likelihoods(4, [{ ...faint, apex: 1.17, offset: 1.35 }]), threshold).map(({ type }) => type)).toEqual([
      'opened',
      'withdrawn',
    ]);
    expect(
      decode(likelihoods(4, [{ ...faint, apex: 1.17, offset: 1.35, height: 0.9 }]), threshold).map(
        ({ type, window }) => `${type} ${window.kind}`,
      ),
    ).toEqual(['opened macro', 'updated micro', 'closed micro']);
    expect(decode(likelihoods(3, [{ ...MICRO, height: 0.5 }]), threshold)).toEqual([]);
  });

  it('closes what lasts too long, and what is open when the face goes', () => {
    const long = decode(likelihoods(8, [{ kind: 'macro', onset: 1, apex: 1.5, offset: 7, height: 0.9 }]));
    expect(long.at(-1)!.type).toBe('closed');
    expect(long.at(-1)!.window.offset! - long[0]!.window.onset).toBeCloseTo(4, 0);
    const cut = decode(likelihoods(1.32, [MICRO]));
    expect(cut.map(({ type }) => type)).toEqual(['opened', 'closed']);
  });

  it('keeps windows apart: the next begins no earlier than the last ended', () => {
    const events = decode(likelihoods(3, [MICRO, { ...MICRO, onset: 1.55, apex: 1.72, offset: 1.9 }]));
    const closed = events.filter(({ type }) => type === 'closed').map(({ window }) => window);
    expect(closed).toHaveLength(2);
    expect(closed[1]!.onset).toBeGreaterThanOrEqual(closed[0]!.offset!);
  });

  it('ends an open window at a pause', () => {
    const ticks = likelihoods(3, [MICRO]).filter(({ t }) => t < 1.3 || t > 2);
    expect(decode(ticks).map(({ type }) => type)).toEqual(['opened', 'closed']);
  });
});
