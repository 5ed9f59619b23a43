import type { Answers } from '../../../clients/javascript/src/index.js';
import type { Palette } from '../view/palette.js';
import type { ReviewItem } from './review-item.js';

export type Face = Answers['series']['faces'][number];

/** Height of a face's lane, and of the axis, CSS px. */
export const LANE = 96;
export const AXIS = 20;
/** Room for windows above the curves. */
const BAND = 14;

/** What is seen of time, and how wide. */
export interface View {
  readonly from: number;
  readonly to: number;
  readonly width: number;
}

export const xOf = ({ from, to, width }: View, t: number): number => ((t - from) / (to - from)) * width;
export const tOf = ({ from, to, width }: View, x: number): number => from + (x / width) * (to - from);

/** Index of the first value at or after `t`. */
function firstAt(times: readonly number[], t: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < t) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Curves, gaps, faults and peaks of one face. */
export function drawFace(context: CanvasRenderingContext2D, face: Face, view: View, top: number, ink: Palette, blind: boolean): void {
  const floor = top + LANE - 4;
  const height = LANE - BAND - 8;
  shade(context, face.gaps, view, top, ink.line);
  shade(context, face.faults, view, top, ink.warn);
  const motion = face.curves['motion'];
  const most = motion ? Math.max(1, ...motion.max.map((value) => value ?? 0)) : 1;
  if (motion) curve(context, face.t, motion, view, (value) => floor - (value / most) * height * 0.9, ink.quiet);
  if (!blind) {
    const y = (value: number): number => floor - Math.min(1, value) * height;
    const { score, threshold } = face.curves;
    if (threshold) curve(context, face.t, threshold, view, y, ink.threshold, [4, 3]);
    if (score) curve(context, face.t, score, view, y, ink.accent);
    context.fillStyle = ink.quiet;
    for (const { t, score: height_ } of face.peaks) {
      if (t < view.from || t > view.to) continue;
      context.beginPath();
      context.arc(xOf(view, t), y(height_) - 5, 2, 0, 7);
      context.fill();
    }
  }
  context.fillStyle = ink.quiet;
  context.font = '11px system-ui, sans-serif';
  context.textAlign = 'left';
  context.fillText(face.face, 4, top + BAND + 8);
  context.fillStyle = ink.line;
  context.fillRect(0, floor + 3, view.width, 1);
}

function shade(
  context: CanvasRenderingContext2D,
  spans: readonly { from: number; to: number }[],
  view: View,
  top: number,
  colour: string,
): void {
  context.save();
  context.globalAlpha = 0.22;
  context.fillStyle = colour;
  for (const { from, to } of spans)
    if (to >= view.from && from <= view.to)
      context.fillRect(xOf(view, from), top + BAND, Math.max(1, xOf(view, to) - xOf(view, from)), LANE - BAND - 4);
  context.restore();
}

/** The band between the lowest and the highest value around each point; a line where they are the same. */
function curve(
  context: CanvasRenderingContext2D,
  times: readonly number[],
  { min, max }: { readonly min: readonly (number | null)[]; readonly max: readonly (number | null)[] },
  view: View,
  y: (value: number) => number,
  colour: string,
  dash: number[] = [],
): void {
  context.strokeStyle = colour;
  context.lineWidth = 1.25;
  context.setLineDash(dash);
  context.beginPath();
  const end = Math.min(times.length, firstAt(times, view.to) + 1);
  let pen = false;
  let last = 0;
  for (let i = Math.max(0, firstAt(times, view.from) - 1); i < end; i++) {
    const [low, high, t] = [min[i], max[i], times[i] ?? 0];
    if (low === null || low === undefined || high === null || high === undefined) {
      pen = false;
      continue;
    }
    const x = xOf(view, t);
    if (pen && t - last < Math.max(1, (view.to - view.from) / 100)) context.lineTo(x, y(high));
    else context.moveTo(x, y(high));
    if (low !== high) context.lineTo(x, y(low));
    pen = true;
    last = t;
  }
  context.stroke();
  context.setLineDash([]);
}

/** Windows as bars above the curves; the chosen one with handles through the lane. */
export function drawWindows(
  context: CanvasRenderingContext2D,
  items: readonly ReviewItem[],
  chosen: string,
  view: View,
  top: number,
  ink: Palette,
): void {
  for (const item of items) {
    const { onset, apex, offset, kind } = item.now;
    if (offset < view.from || onset > view.to) continue;
    const [x, end] = [xOf(view, onset), xOf(view, offset)];
    const verdict = item.review?.verdict;
    context.fillStyle = kind === 'micro' ? ink.micro : ink.macro;
    context.globalAlpha = verdict === 'rejected' ? 0.3 : 1;
    context.fillRect(x, top + 4, Math.max(2, end - x), verdict === undefined ? 4 : 8);
    if (item.entry === chosen) {
      context.globalAlpha = 0.14;
      context.fillRect(x, top, Math.max(2, end - x), LANE - 4);
      context.globalAlpha = 1;
      for (const edge of [x, xOf(view, apex), end]) context.fillRect(edge - 1, top, 2, LANE - 4);
    }
    context.globalAlpha = 1;
  }
}

export function drawTimes(context: CanvasRenderingContext2D, view: View, top: number, ink: Palette): void {
  const steps = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300, 600, 1800];
  const least = ((view.to - view.from) / view.width) * 80;
  const step = steps.find((one) => one >= least) ?? 3600;
  context.fillStyle = ink.quiet;
  context.font = '11px system-ui, sans-serif';
  context.textAlign = 'center';
  for (let n = Math.ceil(view.from / step); n * step <= view.to; n++) {
    const t = n * step;
    const x = xOf(view, t);
    context.fillRect(x, top, 1, 4);
    if (x < 20 || x > view.width - 20) continue;
    const digits = step < 0.1 ? 2 : step < 1 ? 1 : 0;
    const minutes = Math.floor(t / 60 + 1e-9);
    context.fillText(`${String(minutes)}:${(t - 60 * minutes).toFixed(digits).padStart(digits === 0 ? 2 : digits + 3, '0')}`, x, top + 15);
  }
}

export function drawPlayhead(context: CanvasRenderingContext2D, t: number, view: View, height: number, ink: Palette): void {
  if (t < view.from || t > view.to) return;
  context.fillStyle = ink.ink;
  context.fillRect(Math.round(xOf(view, t)), 0, 1, height);
}
