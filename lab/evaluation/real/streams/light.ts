import { mulberry32 } from '../../../../src/common/mulberry32.js';
import type { Frame } from '../../../../src/ingest/contract.js';

/** `dark`: a third of the light and a camera's noise at high gain; `dim`: half of the light, nothing else; `side`: light from one side. */
export const LIGHTS = ['none', 'dark', 'dim', 'side'] as const;
export type Light = (typeof LIGHTS)[number];

/** Black of video levels. */
const BLACK = 16;
const DARK = { gain: 0.33, noise: 2.5, colour: 0.5 };
const DIM = { gain: 0.5, noise: 0, colour: 0.7 };
/** Gain at the left and at the right edge of the picture. */
const SIDE = [1.25, 0.45] as const;

/** The frame in another light. The noise depends on the frame's number alone, so that two streams of a clip get the same light. */
export function relit(frame: Frame, light: Light): Frame {
  if (light === 'none') return frame;
  const data = frame.data.slice();
  const luma = frame.width * frame.height;
  const { gain, noise, colour } = light === 'dark' ? DARK : light === 'dim' ? DIM : { gain: 1, noise: 0, colour: 0.9 };
  const random = mulberry32(frame.index + 1);
  for (let k = 0; k < luma; k++) {
    const share = light === 'side' ? SIDE[0] + ((SIDE[1] - SIDE[0]) * (k % frame.width)) / frame.width : gain;
    // The sum of four uniforms is near enough to a normal.
    const error = noise === 0 ? 0 : noise * Math.sqrt(3) * (random() + random() + random() + random() - 2);
    data[k] = clamped(BLACK + (data[k]! - BLACK) * share + error);
  }
  for (let k = luma; k < data.length; k++) data[k] = clamped(128 + (data[k]! - 128) * colour);
  return { ...frame, data };
}

function clamped(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : Math.round(value);
}
