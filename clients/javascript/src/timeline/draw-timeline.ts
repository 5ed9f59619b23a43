import type { Lane, MarkedWindow } from './timeline-model.js';

/** Colours of a timeline. */
export interface Palette {
  readonly ink: string;
  readonly quiet: string;
  readonly line: string;
  readonly accent: string;
  readonly micro: string;
  readonly macro: string;
  readonly threshold: string;
}

export const LANE_HEIGHT = 96;
export const AXIS_HEIGHT = 22;

/** The stretch of media time on the canvas, which is `width` CSS pixels wide. */
export interface TimeSpan {
  readonly from: number;
  readonly to: number;
  readonly width: number;
}

export const timeToX = (span: TimeSpan, t: number): number => ((t - span.from) / (span.to - span.from)) * span.width;
export const xToTime = (span: TimeSpan, x: number): number => span.from + (x / span.width) * (span.to - span.from);

/** Whole seconds as `m:ss`, for axes. */
function shortClock(t: number): string {
  const seconds = Math.max(0, Math.round(t));
  return `${String(Math.floor(seconds / 60))}:${String(seconds % 60).padStart(2, '0')}`;
}

/** The motion (px) at the top of a lane: room above threshold and peaks, in calm steps so that the curve does not breathe. */
export function laneTop(peak: number, threshold: number): number {
  const need = Math.max(peak * 1.15, threshold * 2, 0.4);
  return [0.5, 1, 1.5, 2, 3, 4, 6, 8, 12, 16].find((step) => step >= need) ?? Math.ceil(need / 10) * 10;
}

/** Draws one face's motion, threshold and windows between `top` and `top + LANE_HEIGHT`. */
export function drawLane(
  context: CanvasRenderingContext2D,
  name: string,
  lane: Lane,
  span: TimeSpan,
  top: number,
  ink: Palette,
  selected?: string,
): void {
  let peak = 0;
  let threshold = 0;
  lane.trace.forEachSince(span.from, (_t, motion, limit) => {
    peak = Math.max(peak, motion);
    threshold = limit;
  });
  const scale = lane.unit === 'px' ? laneTop(peak, threshold) : 1;
  const base = top + LANE_HEIGHT - 6;
  const y = (value: number): number => base - Math.min(1, value / scale) * (LANE_HEIGHT - 26);

  for (const window of lane.windows.values()) {
    if ((window.offset ?? span.to) >= span.from && window.onset <= span.to) drawWindow(context, window, span, top + 16, base, ink);
  }
  const chosen = selected === undefined ? undefined : lane.windows.get(selected);
  if (chosen) outline(context, chosen, span, top + 13, base + 3, ink);

  context.strokeStyle = ink.line;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(0, base + 0.5);
  context.lineTo(span.width, base + 0.5);
  context.stroke();

  drawThreshold(context, lane, span, y, ink);
  context.strokeStyle = ink.accent;
  context.lineWidth = 1.5;
  context.lineJoin = 'round';
  context.beginPath();
  let last = -Infinity;
  lane.trace.forEachSince(span.from - 0.2, (t, motion) => {
    // A hole in the data is a hole in the line.
    if (t - last > 0.5) context.moveTo(timeToX(span, t), y(motion));
    else context.lineTo(timeToX(span, t), y(motion));
    last = t;
  });
  context.stroke();

  context.font = '600 12px system-ui, sans-serif';
  context.textBaseline = 'top';
  context.fillStyle = ink.ink;
  context.fillText(name.replace(/^f(?=\d)/, 'face '), 6, top + 2);
  context.font = '11px system-ui, sans-serif';
  context.fillStyle = ink.quiet;
  context.textAlign = 'right';
  context.fillText(lane.unit === 'px' ? `${String(scale)} px` : 'likelihood 0..1', span.width - 6, top + 2);
  context.textAlign = 'left';
}

function drawThreshold(context: CanvasRenderingContext2D, lane: Lane, span: TimeSpan, y: (value: number) => number, ink: Palette): void {
  context.strokeStyle = ink.threshold;
  context.lineWidth = 1;
  context.setLineDash([4, 3]);
  context.beginPath();
  let last = -Infinity;
  lane.trace.forEachSince(span.from - 0.2, (t, _motion, threshold) => {
    if (t - last > 0.5) context.moveTo(timeToX(span, t), y(threshold));
    else context.lineTo(timeToX(span, t), y(threshold));
    last = t;
  });
  context.stroke();
  context.setLineDash([]);
}

/** Micro is filled, macro hatched as well, so that colour is not the only difference; what was withdrawn is an outline. */
function drawWindow(
  context: CanvasRenderingContext2D,
  window: MarkedWindow,
  span: TimeSpan,
  top: number,
  base: number,
  ink: Palette,
): void {
  const left = timeToX(span, window.onset);
  const right = Math.max(left + 3, timeToX(span, window.offset ?? Math.max(window.apex, Math.min(span.to, window.apex + 0.15))));
  const colour = window.withdrawn ? ink.quiet : window.kind === 'micro' ? ink.micro : ink.macro;
  context.save();
  context.beginPath();
  context.rect(left, top, right - left, base - top);
  if (window.withdrawn) {
    context.strokeStyle = colour;
    context.setLineDash([2, 2]);
    context.stroke();
    context.restore();
    return;
  }
  context.fillStyle = colour;
  context.globalAlpha = 0.2;
  context.fill();
  context.clip();
  context.strokeStyle = colour;
  if (window.kind === 'macro') {
    context.globalAlpha = 0.35;
    context.lineWidth = 1;
    context.beginPath();
    for (let x = left - (base - top); x < right; x += 7) {
      context.moveTo(x, base);
      context.lineTo(x + base - top, top);
    }
    context.stroke();
  }
  context.restore();
  context.fillStyle = colour;
  context.fillRect(left, top, right - left, 3);
  const apex = timeToX(span, window.apex);
  context.fillRect(apex - 0.75, top, 1.5, base - top);
  context.beginPath();
  context.moveTo(apex - 4, top);
  context.lineTo(apex + 4, top);
  context.lineTo(apex, top + 7);
  context.fill();
}

/** Marks the window that the keyboard is at. */
function outline(context: CanvasRenderingContext2D, window: MarkedWindow, span: TimeSpan, top: number, bottom: number, ink: Palette): void {
  const left = timeToX(span, window.onset) - 4;
  const right = Math.max(left + 11, timeToX(span, window.offset ?? window.apex + 0.15) + 4);
  context.strokeStyle = ink.ink;
  context.lineWidth = 2;
  context.strokeRect(left, top, right - left, bottom - top);
}

/** The window that is `step` further than `from` in time over all lanes; the last one (or the first, by step) where none is chosen. */
export function nextWindow(lanes: Iterable<Lane>, from: string | undefined, step: number): MarkedWindow | undefined {
  const windows = [...lanes].flatMap((lane) => [...lane.windows.values()]).sort((one, other) => one.apex - other.apex);
  const at = windows.findIndex(({ id }) => id === from);
  if (step === -Infinity || (at === -1 && step === 1)) return windows[0];
  if (at === -1) return windows.at(-1);
  return windows[Math.min(windows.length - 1, Math.max(0, at + step))];
}

/** Draws the time axis below the lanes. */
export function drawAxis(context: CanvasRenderingContext2D, span: TimeSpan, top: number, ink: Palette): void {
  const length = span.to - span.from;
  const step = [1, 2, 5, 10, 15, 30].find((one) => (one / length) * span.width >= 56) ?? 60;
  context.font = '11px system-ui, sans-serif';
  context.textBaseline = 'top';
  context.textAlign = 'center';
  context.strokeStyle = ink.line;
  context.fillStyle = ink.quiet;
  context.beginPath();
  for (let t = Math.max(0, Math.ceil(span.from / step) * step); t <= span.to; t += step) {
    const x = timeToX(span, t);
    context.moveTo(x + 0.5, 0);
    context.lineTo(x + 0.5, top + 4);
    if (x > 14 && x < span.width - 14) context.fillText(shortClock(t), x, top + 7);
  }
  context.globalAlpha = 0.6;
  context.stroke();
  context.globalAlpha = 1;
  context.textAlign = 'left';
}

/** Draws what other programs marked, across all lanes, with its code. */
export function drawMarkers(
  context: CanvasRenderingContext2D,
  markers: readonly { readonly t: number; readonly code: string }[],
  span: TimeSpan,
  height: number,
  ink: Palette,
): void {
  context.font = '11px system-ui, sans-serif';
  context.textBaseline = 'bottom';
  context.strokeStyle = context.fillStyle = ink.ink;
  context.lineWidth = 1;
  context.setLineDash([1, 3]);
  for (const { t, code } of markers) {
    if (t < span.from || t > span.to) continue;
    const x = Math.round(timeToX(span, t)) + 0.5;
    context.beginPath();
    context.moveTo(x, 0);
    context.lineTo(x, height);
    context.stroke();
    context.fillText(code.slice(0, 24), x + 3, height - 2);
  }
  context.setLineDash([]);
}

/** The window at a place of the canvas, the topmost kind of hit test: a few pixels of grace to the sides. */
export function windowAt(lane: Lane, span: TimeSpan, x: number): MarkedWindow | undefined {
  return [...lane.windows.values()]
    .reverse()
    .find((window) => x >= timeToX(span, window.onset) - 4 && x <= timeToX(span, window.offset ?? window.apex + 0.15) + 4);
}
