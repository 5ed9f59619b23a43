import type { FlowField } from './flow-field.js';

/*
 * The Middlebury colour wheel (Baker et al., A Database and Evaluation Methodology for Optical Flow, IJCV 2011): 55 hues, more of
 * them where the eye tells more apart. Each stretch fades one channel in or out:
 *
 *     red -15-> yellow -6-> green -4-> cyan -11-> blue -13-> magenta -6-> red
 */
const STRETCHES = [
  { steps: 15, from: [255, 0, 0], to: [255, 255, 0] },
  { steps: 6, from: [255, 255, 0], to: [0, 255, 0] },
  { steps: 4, from: [0, 255, 0], to: [0, 255, 255] },
  { steps: 11, from: [0, 255, 255], to: [0, 0, 255] },
  { steps: 13, from: [0, 0, 255], to: [255, 0, 255] },
  { steps: 6, from: [255, 0, 255], to: [255, 0, 0] },
] as const;

/** The wheel's 55 hues as r, g, b bytes. */
export const COLOUR_WHEEL: Readonly<Uint8Array> = Uint8Array.from(
  STRETCHES.flatMap(({ steps, from, to }) =>
    Array.from({ length: steps }, (_, step) =>
      from.map((start, channel) => {
        const faded = Math.floor((255 * step) / steps);
        return (to[channel] ?? 0) > start ? faded : (to[channel] ?? 0) < start ? 255 - faded : start;
      }),
    ).flat(),
  ),
);

const HUES = COLOUR_WHEEL.length / 3;

/**
 * Writes the colour of a flow vector, already divided by the length that is to look saturated: white at rest, a pure hue at length 1,
 * darkened beyond. u right, v down; motion to the right is red.
 */
export function flowColour(u: number, v: number, out: Uint8Array, at: number): void {
  const radius = Math.sqrt(u * u + v * v);
  const turn = ((Math.atan2(-v, -u) / Math.PI + 1) / 2) * (HUES - 1);
  const low = Math.floor(turn);
  const high = (low + 1) % HUES;
  const part = turn - low;
  for (let channel = 0; channel < 3; channel++) {
    const hue = ((1 - part) * (COLOUR_WHEEL[3 * low + channel] ?? 0) + part * (COLOUR_WHEEL[3 * high + channel] ?? 0)) / 255;
    out[at + channel] = Math.floor(255 * (radius <= 1 ? 1 - radius * (1 - hue) : hue * 0.75));
  }
}

/** Motion (px) that is shown saturated where nothing moves more, so that a still face is white and not amplified noise. */
const LEAST_FULL_SCALE = 1;

/** The length (px) that a map of this field shows saturated: its largest vector, at least {@link LEAST_FULL_SCALE}. */
export function fullScale(field: FlowField): number {
  const plane = field.width * field.height;
  let most = LEAST_FULL_SCALE ** 2;
  for (let i = 0; i < plane; i++) {
    const square = field.data[i]! ** 2 + field.data[plane + i]! ** 2;
    if (square > most && Number.isFinite(square)) most = square;
  }
  return Math.sqrt(most);
}

/** The field in Middlebury colours, RGB, 3 bytes a pixel. Vectors that are not finite are black. */
export function colourMap(field: FlowField, scale = fullScale(field)): Uint8Array<ArrayBuffer> {
  const plane = field.width * field.height;
  const rgb = new Uint8Array(3 * plane);
  for (let i = 0; i < plane; i++) {
    const u = field.data[i]! / scale;
    const v = field.data[plane + i]! / scale;
    if (Number.isFinite(u) && Number.isFinite(v)) flowColour(u, v, rgb, 3 * i);
  }
  return rgb;
}
