import { describe, expect, it } from 'vitest';
import type { Window } from '../../spotting/contract.js';
import { advanceAlert, isCurrent, openAlert } from './alert-state.js';

const WINDOW: Window = { key: 'f1-1', face: 'f1', kind: 'micro', onset: 1, apex: 1.12, score: 0.8, peak: 1, regions: [] };

describe('openAlert', () => {
  it('rounds times and score', () => {
    const { window } = openAlert({ ...WINDOW, onset: 1.000_049, apex: 1.120_051, score: 0.800_4 }, true);
    expect(window).toMatchObject({ onset: 1, apex: 1.1201, score: 0.8 });
  });

  it('starts a measurement unless there is an overload', () => {
    expect(openAlert(WINDOW, true)).toMatchObject({ phase: 'open', measured: { onset: 1, apex: 1.12 } });
    expect(openAlert(WINDOW, false).measured).toBeUndefined();
  });
});

describe('advanceAlert', () => {
  const open = openAlert(WINDOW, true);

  it('changes nothing where an update says what is known', () => {
    expect(advanceAlert(open, { type: 'updated', window: WINDOW })).toEqual({ state: open, change: {}, measure: false });
  });

  it('measures again where a boundary moved to another frame', () => {
    expect(advanceAlert(open, { type: 'updated', window: { ...WINDOW, apex: 1.13 } })).toMatchObject({
      change: { apex: 1.13 },
      measure: false,
    });
    const step = advanceAlert(open, { type: 'updated', window: { ...WINDOW, apex: 1.16, kind: 'macro' } });
    expect(step).toMatchObject({ change: { apex: 1.16, kind: 'macro' }, measure: true, state: { phase: 'open' } });
    expect(step && isCurrent(step.state, { onset: 1, apex: 1.16 })).toBe(true);
    expect(step && isCurrent(step.state, { onset: 1, apex: 1.12 })).toBe(false);
  });

  it('compares with the boundaries measured last, so that slow drift is measured too', () => {
    const nearer = advanceAlert(open, { type: 'updated', window: { ...WINDOW, apex: 1.135 } });
    expect(nearer?.measure).toBe(false);
    expect(nearer && advanceAlert(nearer.state, { type: 'closed', window: { ...WINDOW, apex: 1.15 } })?.measure).toBe(true);
  });

  it('makes the boundaries final once', () => {
    const closed = advanceAlert(open, { type: 'closed', window: { ...WINDOW, offset: 1.3 } });
    expect(closed).toMatchObject({ change: { offset: 1.3 }, state: { phase: 'final', withdrawn: undefined } });
    for (const type of ['updated', 'closed'] as const)
      expect(closed && advanceAlert(closed.state, { type, window: { ...WINDOW, apex: 1.5 } })).toBeUndefined();
  });

  it('measures nothing of an alert that is withdrawn, nor under overload', () => {
    const moved = { ...WINDOW, apex: 1.3 };
    expect(advanceAlert(open, { type: 'withdrawn', window: moved, reason: 'blink' })).toMatchObject({
      measure: false,
      state: { phase: 'final', withdrawn: 'blink' },
    });
    expect(advanceAlert(openAlert(WINDOW, false), { type: 'closed', window: moved })?.measure).toBe(false);
  });
});
