import { zeroField, type FlowField } from '../../src/flow/flow-field.js';

/** A 224-px flow field from a formula of the pixel's centre. */
export function analyticFlow(at: (x: number, y: number) => readonly [number, number], size = 224): FlowField {
  const field = zeroField(size, size);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const [u, v] = at(x + 0.5, y + 0.5);
      field.data[y * size + x] = u;
      field.data[size * size + y * size + x] = v;
    }
  }
  return field;
}
