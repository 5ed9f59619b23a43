import type { CurvePoint } from './error-curve.js';

const WIDTH = 720;
const HEIGHT = 480;
const LEFT = 64;
const RIGHT = 24;
const TOP = 40;
const BOTTOM = 56;
/** False false positives a minute at the left edge; fewer, none included, are drawn there. */
const LEAST = 0.01;
const MOST = 100;
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];
const DASHES = ['', '8 4', '2 3', '10 3 2 3', '5 5', '1 4'];

/** Detection-error curves as an SVG picture: false alarms a minute (logarithmic) across, miss rate up; the lower left is better. */
export function errorCurveSvg(title: string, curves: Readonly<Record<string, readonly CurvePoint[]>>): string {
  const ticks = [0.01, 0.1, 0.5, 1, 2, 10, 100];
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(WIDTH)} ${String(HEIGHT)}" font-family="sans-serif" font-size="12">`,
    `<title>${escape(title)}</title>`,
    `<rect width="${String(WIDTH)}" height="${String(HEIGHT)}" fill="#fff"/>`,
    text(WIDTH / 2, 22, title, 'middle', ' font-size="14"'),
    ...ticks.map(
      (tick) =>
        line(x(tick), y(0), x(tick), y(1)) + text(x(tick), y(0) + 18, tick === LEAST ? `≤ ${String(tick)}` : String(tick), 'middle'),
    ),
    ...[0, 0.2, 0.4, 0.6, 0.8, 1].map(
      (tick) => line(x(LEAST), y(tick), x(MOST), y(tick)) + text(x(LEAST) - 8, y(tick) + 4, tick.toFixed(1), 'end'),
    ),
    text(WIDTH / 2, HEIGHT - 14, 'false alarms a minute', 'middle'),
    `<text transform="translate(18 ${String(HEIGHT / 2)}) rotate(-90)" text-anchor="middle">micro-expressions missed</text>`,
  ];
  Object.entries(curves).forEach(([name, curve], i) => {
    const colour = COLOURS[i % COLOURS.length] ?? '#000';
    const dash = DASHES[i % DASHES.length] ?? '';
    const points = [...curve].sort((a, b) => a.falseAlarmsPerMinute - b.falseAlarmsPerMinute || b.missRate - a.missRate);
    const style = `stroke="${colour}" stroke-width="2"${dash === '' ? '' : ` stroke-dasharray="${dash}"`}`;
    parts.push(
      `<polyline fill="none" ${style} points="${points.map((point) => `${x(point.falseAlarmsPerMinute).toFixed(1)},${y(point.missRate).toFixed(1)}`).join(' ')}"/>`,
    );
    // A spotter with one threshold only is a point.
    if (points.length === 1)
      parts.push(
        ...points.map(
          (point) =>
            `<circle cx="${x(point.falseAlarmsPerMinute).toFixed(1)}" cy="${y(point.missRate).toFixed(1)}" r="4" fill="${colour}"/>`,
        ),
      );
    const at = TOP + 14 + 18 * i;
    parts.push(
      `<line x1="${String(WIDTH - RIGHT - 150)}" y1="${String(at)}" x2="${String(WIDTH - RIGHT - 120)}" y2="${String(at)}" ${style}/>`,
      text(WIDTH - RIGHT - 112, at + 4, name, 'start'),
    );
  });
  return `${parts.join('\n')}\n</svg>\n`;
}

function x(falseAlarmsPerMinute: number): number {
  const part = Math.log(Math.min(MOST, Math.max(LEAST, falseAlarmsPerMinute)) / LEAST) / Math.log(MOST / LEAST);
  return LEFT + part * (WIDTH - LEFT - RIGHT);
}

function y(missRate: number): number {
  return HEIGHT - BOTTOM - missRate * (HEIGHT - TOP - BOTTOM);
}

function line(x1: number, y1: number, x2: number, y2: number): string {
  return `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" stroke="#ddd"/>`;
}

function text(x0: number, y0: number, content: string, anchor: string, more = ''): string {
  return `<text x="${x0.toFixed(1)}" y="${y0.toFixed(1)}" text-anchor="${anchor}"${more}>${escape(content)}</text>`;
}

function escape(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
