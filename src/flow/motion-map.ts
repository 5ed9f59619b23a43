import { flowColour, fullScale } from './colour-wheel.js';
import type { FlowField } from './flow-field.js';

/**
 * The motion-enhanced map that MELLM's first version (arXiv 2505.07007v1) shows to a vision model: the onset frame in grey,
 * with the flow laid over it in Middlebury colours. Colour covers the more of the grey the faster a pixel moves, so a still
 * pixel is the plain onset, and one at `scale` keeps a fifth of its grey for orientation.
 *
 * @param onset luma 0..255 of the field's size.
 * @param scale px shown saturated; default the field's own, see `fullScale`.
 * @returns RGB, 3 bytes a pixel.
 */
export function motionMap(onset: Uint8Array | Float32Array, field: FlowField, scale = fullScale(field)): Uint8Array<ArrayBuffer> {
  const plane = field.width * field.height;
  if (onset.length !== plane) throw new RangeError(`the onset has ${String(onset.length)} pixels, but the flow has ${String(plane)}`);
  const rgb = new Uint8Array(3 * plane);
  const colour = new Uint8Array(3);
  for (let i = 0; i < plane; i++) {
    const u = field.data[i]! / scale;
    const v = field.data[plane + i]! / scale;
    const grey = Math.max(0, Math.min(255, onset[i]!));
    const moving = Number.isFinite(u) && Number.isFinite(v);
    const cover = moving ? 0.8 * Math.min(1, Math.sqrt(u * u + v * v)) : 0;
    if (moving) flowColour(u, v, colour, 0);
    for (let channel = 0; channel < 3; channel++) rgb[3 * i + channel] = Math.round((1 - cover) * grey + cover * colour[channel]!);
  }
  return rgb;
}
