import { expect, it } from 'vitest';
import { SignalTrace } from './signal-trace.js';
import type { Lane } from './timeline-model.js';
import { drawMarkers, laneTop, nextWindow, timeToX, windowAt, xToTime, type Palette } from './draw-timeline.js';

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
  const lane: Lane = {
    unit: 'px' as const,
    trace: new SignalTrace(4),
    windows: new Map([['a', { id: 'a', kind: 'micro', onset: 20, apex: 20.2, offset: 20.4, withdrawn: false }]]),
  };
  const span = { from: 10, to: 30, width: 400 };
  expect(windowAt(lane, span, 203)?.id).toBe('a');
  expect(windowAt(lane, span, 250)).toBeUndefined();
});

it('goes from window to window over all lanes', () => {
  const lane = (...apexes: number[]): Lane => ({
    unit: 'px',
    trace: new SignalTrace(4),
    windows: new Map(
      apexes.map((apex) => [
        `w${String(apex)}`,
        { id: `w${String(apex)}`, kind: 'micro', onset: apex, apex, offset: apex, withdrawn: false },
      ]),
    ),
  });
  const lanes = [lane(1, 5), lane(3)];
  const at = (from: string | undefined, step: number): string | undefined => nextWindow(lanes, from, step)?.id;
  expect([
    at(undefined, -1),
    at(undefined, 1),
    at('w1', 1),
    at('w3', 1),
    at('w5', 1),
    at('w5', -Infinity),
    at('w1', Infinity),
    at('forgotten', -1),
    at(undefined, Infinity),
  ]).toEqual(['w5', 'w1', 'w3', 'w5', 'w5', 'w1', 'w5', 'w5', 'w5']);
  expect(nextWindow([], undefined, 1)).toBeUndefined();
});

it('draws the markers of the span across all lanes, each with its code', () => {
  const lines: [number, number][] = [];
  const texts: [string, number, number][] = [];
  const context = {
    setLineDash: () => undefined,
    beginPath: () => undefined,
    stroke: () => undefined,
    moveTo: () => undefined,
    lineTo: (x: number, y: number) => lines.push([x, y]),
    fillText: (text: string, x: number, y: number) => texts.push([text, x, y]),
  };
  const markers = [
    { t: 9, code: 'gone' },
    { t: 20, code: 'stimulus' },
    { t: 25, code: 'a code that is far too long to be drawn as a whole' },
    { t: 31, code: 'not yet' },
  ];
  const span = { from: 10, to: 30, width: 400 };
  drawMarkers(context as unknown as CanvasRenderingContext2D, markers, span, 192, { ink: 'black' } as Palette);
  expect(lines).toEqual([
    [200.5, 192],
    [300.5, 192],
  ]);
  expect(texts).toEqual([
    ['stimulus', 203.5, 190],
    ['a code that is far too l', 303.5, 190],
  ]);
});
