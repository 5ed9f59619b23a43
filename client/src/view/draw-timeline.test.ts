import { expect, it } from 'vitest';
import type { Lane } from '../model/session-view.js';
import { SignalTrace } from '../model/signal-trace.js';
import { laneTop, timeToX, windowAt, xToTime } from './draw-timeline.js';

it('goes from time to place and back', () => {
  const span = { from: 10, to: 30, width: 400 };
  expect(timeToX(span, 20)).toBe(200);
  expect(xToTime(span, timeToX(span, 12.5))).toBeCloseTo(12.5);
});

it('leaves room above peaks and threshold, in steps', () => {
  expect(laneTop(0.1, 0.1)).toBe(0.5);
  expect(laneTop(0.1, 0.6)).toBe(1.5);
  expect(laneTop(2.7, 0.3)).toBe(4);
  expect(laneTop(40, 0.3)).toBe(50);
});

it('finds the window under the pointer', () => {
  const lane: Lane = { unit: 'px' as const, trace: new SignalTrace(4), windows: new Map([['a', { id: 'a', kind: 'micro', onset: 20, apex: 20.2, offset: 20.4, withdrawn: false }]]) };
  const span = { from: 10, to: 30, width: 400 };
  expect(windowAt(lane, span, 203)?.id).toBe('a');
  expect(windowAt(lane, span, 250)).toBeUndefined();
});
