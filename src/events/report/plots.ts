import type { Annotation } from '../schema.js';
import { html, type Markup } from './html.js';

const WIDTH = 920;
const LEFT = 56;
const RIGHT = 12;

/** Seconds as a person reads them on a clock. */
export function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  const two = (n: number): string => String(n).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  return `${hours > 0 ? `${String(hours)}:` : ''}${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

/** Media time on the horizontal axis. */
function timeScale(duration: number): { x: (t: number) => number; ticks: number[] } {
  const span = Math.max(1, duration);
  const step =
    [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 43_200, 86_400].find((s) => span / s <= 10) ?? span / 10;
  const x = (t: number): number => LEFT + (Math.min(Math.max(0, t), span) / span) * (WIDTH - LEFT - RIGHT);
  return { x, ticks: Array.from({ length: Math.floor(span / step) + 1 }, (_, i) => i * step) };
}

function axis(ticks: readonly number[], x: (t: number) => number, top: number, bottom: number): Markup {
  return html`${ticks.map((t) => html`<line class="grid" x1="${px(x(t))}" x2="${px(x(t))}" y1="${top}" y2="${bottom}"/><text x="${px(x(t))}" y="${bottom + 14}" text-anchor="middle">${clock(t)}</text>`)}`;
}

const px = (value: number): string => value.toFixed(1);
const name = (a: Annotation): string =>
  `${a.kind} ${a.onset.toFixed(2)}–${a.offset === null ? '?' : a.offset.toFixed(2)} s, apex ${a.apex.toFixed(2)} s, score ${a.score.toFixed(2)}`;

/** Alerts drawn at a time: whoever writes a report has other things to do between two pieces. */
const DRAWN_A_PIECE = 200;

function* slices(annotations: readonly Annotation[]): Generator<readonly Annotation[]> {
  for (let at = 0; at < annotations.length; at += DRAWN_A_PIECE) yield annotations.slice(at, at + DRAWN_A_PIECE);
}

/** When something moved: a lane for each face, a bar from onset to offset, a line at the apex. */
export function* timeline(annotations: readonly Annotation[], duration: number): Generator<Markup> {
  const { x, ticks } = timeScale(duration);
  const faces = [...new Set(annotations.map((a) => a.face))];
  const lane = 28;
  const bottom = 8 + Math.max(1, faces.length) * lane;
  yield html`<svg viewBox="0 0 ${WIDTH} ${bottom + 22}" role="img" aria-label="Timeline of ${annotations.length} alerts">
${axis(ticks, x, 4, bottom)}
`;
  for (const [i, face] of faces.entries()) {
    yield html`<text x="0" y="${8 + i * lane + 16}">${face}</text>`;
    for (const some of slices(annotations.filter((a) => a.face === face))) yield html`${some.map((a) => bar(a, x, 8 + i * lane))}`;
  }
  yield html`
</svg>`;
}

function bar(a: Annotation, x: (t: number) => number, y: number): Markup {
  const from = x(a.onset);
  // What is shorter than a few pixels of an hour must still be seen.
  const width = Math.max(3, x(a.offset ?? a.apex) - from);
  const apex = Math.min(from + width, Math.max(from, x(a.apex)));
  return html`<g><title>${name(a)}</title><rect class="${a.kind}" x="${px(from)}" y="${y}" width="${px(width)}" height="20" rx="1"/>${width > 8 && html`<line class="apex" x1="${px(apex)}" x2="${px(apex)}" y1="${y}" y2="${y + 20}"/>`}</g>`;
}

/** How sure: a stem for each alert, 0 to 1. */
export function* scores(annotations: readonly Annotation[], duration: number): Generator<Markup> {
  const { x, ticks } = timeScale(duration);
  const top = 8;
  const bottom = 128;
  const y = (score: number): number => bottom - score * (bottom - top);
  yield html`<svg viewBox="0 0 ${WIDTH} ${bottom + 22}" role="img" aria-label="Scores over time">
${axis(ticks, x, top, bottom)}
${[0, 0.5, 1].map((value) => html`<line class="axis" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${px(y(value))}" y2="${px(y(value))}"/><text x="${LEFT - 8}" y="${px(y(value) + 4)}" text-anchor="end">${value}</text>`)}
`;
  for (const some of slices(annotations))
    yield html`${some.map((a) => html`<g><title>${name(a)}</title><rect class="${a.kind}" x="${px(x(a.apex) - 1)}" y="${px(y(a.score))}" width="2" height="${px(bottom - y(a.score))}"/><circle class="${a.kind}" cx="${px(x(a.apex))}" cy="${px(y(a.score))}" r="3.5"/></g>`)}`;
  yield html`
</svg>`;
}

/** Which regions moved how far in one alert: mean displacement in px of the 224-px crop, the eight largest. */
export function regions(annotation: Annotation): Markup {
  const rows = [...annotation.rois].sort((a, b) => b.mean_magnitude - a.mean_magnitude).slice(0, 8);
  const most = Math.max(0.5, ...rows.map((row) => row.mean_magnitude));
  const height = 18;
  return html`<svg viewBox="0 0 ${WIDTH} ${rows.length * height + 4}" role="img" aria-label="Motion of regions">
${rows.map((row, i) => html`<text x="190" y="${i * height + 13}" text-anchor="end">${row.region.replaceAll('_', ' ')}</text><rect class="bar" x="200" y="${i * height + 4}" width="${px((row.mean_magnitude / most) * 480)}" height="11"/><text x="${px(208 + (row.mean_magnitude / most) * 480)}" y="${i * height + 13}">${row.mean_magnitude.toFixed(2)} px ${row.direction}</text>`)}
</svg>`;
}
