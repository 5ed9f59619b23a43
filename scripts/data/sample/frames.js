import { readFileSync } from 'node:fs';
import { bumpsOf } from './action-units.js';
import { courseAt, lidsAt, swayAt } from './course.js';
import { Field } from './field.js';
import { NoiseTable } from './noise.js';
import { planesOf, resample } from './planes.js';

/** FaceMesh landmarks of the sample's portrait (`lab/assets/sample-portrait.jpg`), px of its 640×640. */
export const PORTRAIT_LANDMARKS = JSON.parse(readFileSync(new URL('portrait-landmarks.json', import.meta.url), 'utf8'));

/** Where that portrait lies on a 640×480 canvas: its face is then about 240 px wide. */
export const CANVAS = { width: 640, height: 480, scale: 0.88, left: 44, top: -18 };

/**
 * Frames of a face that makes known expressions. See frames.d.ts for the options.
 */
export async function makeInjectedFrames(options) {
  const {
    portrait,
    fps,
    seconds,
    events = [],
    blinks = [],
    noise = 2,
    sway = 0,
    seed = 1,
    canvas = CANVAS,
    landmarks = PORTRAIT_LANDMARKS,
    light = () => 1,
    swayPeriod = seconds,
  } = options;
  const planes = await planesOf(portrait, canvas);
  const placed = landmarks.map(([x, y]) => [x * canvas.scale + canvas.left, y * canvas.scale + canvas.top]);
  const expressions = events.map((event) => ({ event, bumps: bumpsOf(event.aus, event.side ?? 'both', event.peak, placed) }));
  const truth = events.map((event) => ({
    aus: event.aus,
    side: event.side ?? 'both',
    onset: event.onset,
    apex: event.onset + event.rise + (event.hold ?? 0) / 2,
    offset: event.onset + event.rise + (event.hold ?? 0) + event.fall,
    peak: event.peak,
  }));

  function* frames() {
    const { width, height } = planes;
    const field = new Field(width, height, placed);
    const table = new NoiseTable(seed);
    const luma = new Float32Array(width * height),
      chroma = new Float32Array((width * height) / 4);
    const count = Math.round(fps * seconds);
    for (let index = 0; index < count; index++) {
      const t = index / fps;
      field.set(
        swayAt(t, swayPeriod, sway),
        expressions.map(({ event, bumps }) => ({ bumps, amount: courseAt(event, t) })),
        blinks.reduce((shut, start) => Math.max(shut, lidsAt(start, t)), 0),
      );
      const data = new Uint8Array((width * height * 3) / 2);
      resample(planes.y, width, height, field.fx, field.fy, 1, luma);
      const gain = light(t);
      if (gain !== 1) for (let i = 0; i < luma.length; i++) luma[i] = 16 + (luma[i] - 16) * gain;
      table.addTo(luma, noise, data.subarray(0, width * height));
      [planes.u, planes.v].forEach((plane, k) => {
        resample(plane, width / 2, height / 2, field.fx, field.fy, 2, chroma);
        const from = width * height + k * chroma.length;
        table.addTo(chroma, noise / 2, data.subarray(from, from + chroma.length));
      });
      yield { index, t, width, height, data, receivedAt: 0, decodeMs: 0 };
    }
  }
  return { frames: frames(), truth, landmarks: placed, width: planes.width, height: planes.height };
}

/** The same face doing nothing. */
export function makeStillFrames(options) {
  return makeInjectedFrames({ ...options, events: [], blinks: [] });
}
