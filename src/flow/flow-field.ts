/** A dense flow field: `data` holds `width*height` u (right) and then as many v (down), row-major, in pixels. */
export interface FlowField {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** A square or other rectangle of pixels, by its first pixel and its size; whole pixels. */
export interface PixelBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** An empty field. */
export function zeroField(width: number, height: number): FlowField & { readonly data: Float32Array<ArrayBuffer> } {
  return { width, height, data: new Float32Array(2 * width * height) };
}

/** Facial minus head: what the face does that the skull does not (arXiv 2505.07007v3). Both fields have one size. */
export function expressionFlow(facial: FlowField, head: FlowField): FlowField {
  const result = zeroField(facial.width, facial.height);
  for (let i = 0; i < result.data.length; i++) result.data[i] = facial.data[i]! - head.data[i]!;
  return result;
}

/** The part of a box that lies inside the field. */
export function clipBox({ x, y, width, height }: PixelBox, field: { readonly width: number; readonly height: number }): PixelBox {
  const left = Math.max(0, Math.min(field.width, x));
  const top = Math.max(0, Math.min(field.height, y));
  return {
    x: left,
    y: top,
    width: Math.max(0, Math.min(field.width, x + width) - left),
    height: Math.max(0, Math.min(field.height, y + height) - top),
  };
}

/** Mean u, v over a box's pixels inside the field; zeros where there is none. */
export function meanFlow(field: FlowField, box: PixelBox): { readonly u: number; readonly v: number } {
  const { x, y, width, height } = clipBox(box, field);
  const plane = field.width * field.height;
  let u = 0;
  let v = 0;
  for (let row = y; row < y + height; row++) {
    for (let i = row * field.width + x, end = i + width; i < end; i++) {
      u += field.data[i]!;
      v += field.data[plane + i]!;
    }
  }
  const count = width * height;
  return count === 0 ? { u: 0, v: 0 } : { u: u / count, v: v / count };
}

/** The field less a constant vector. */
export function subtractFlow(field: FlowField, { u, v }: { readonly u: number; readonly v: number }): FlowField {
  const result = zeroField(field.width, field.height);
  const plane = field.width * field.height;
  for (let i = 0; i < plane; i++) {
    result.data[i] = field.data[i]! - u;
    result.data[plane + i] = field.data[plane + i]! - v;
  }
  return result;
}
