import type { Similarity } from '../face/contract.js';
import { zeroField, type FlowField } from './flow-field.js';

/**
 * Expression flow of a crop, in the pixels of the image that the crop was taken from: each vector is turned and scaled as the crop
 * was, and stands where its crop pixel came from. Outside the crop it is zero: there is no face.
 *
 * @param toImage from crop to image pixels.
 */
export function placeExpression(expression: FlowField, toImage: Similarity, width: number, height: number): FlowField {
  return place(expression, toImage, width, height, (u, v, out, i, plane) => {
    out[i] = toImage.a * u - toImage.b * v;
    out[plane + i] = toImage.b * u + toImage.a * v;
  });
}

/**
 * Head flow in the pixels of the onset image: where the head's own motion takes each onset pixel in the apex image, the registration
 * between the two included. Outside the crop it is zero.
 *
 * @param onsetToImage, apexToImage from crop to image pixels, of each crop.
 */
export function placeHead(head: FlowField, onsetToImage: Similarity, apexToImage: Similarity, width: number, height: number): FlowField {
  return place(head, onsetToImage, width, height, (u, v, out, i, plane, x, y, cropX, cropY) => {
    out[i] = apexToImage.a * (cropX + u) - apexToImage.b * (cropY + v) + apexToImage.tx - x;
    out[plane + i] = apexToImage.b * (cropX + u) + apexToImage.a * (cropY + v) + apexToImage.ty - y;
  });
}

/** A field stretched over an image of another size, its vectors with it. */
export function stretchFlow(field: FlowField, width: number, height: number): FlowField {
  const sx = width / field.width;
  const sy = height / field.height;
  const result = zeroField(width, height);
  const plane = width * height;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const [u, v] = bilinear(field, (x + 0.5) / sx, (y + 0.5) / sy);
      result.data[i] = u * sx;
      result.data[plane + i] = v * sy;
    }
  }
  return result;
}

type Write = (
  u: number,
  v: number,
  out: Float32Array,
  i: number,
  plane: number,
  x: number,
  y: number,
  cropX: number,
  cropY: number,
) => void;

/** Visits every image pixel whose centre lies in the crop. */
function place(field: FlowField, { a, b, tx, ty }: Similarity, width: number, height: number, write: Write): FlowField {
  const result = zeroField(width, height);
  const plane = width * height;
  const square = a * a + b * b;
  if (square === 0) return result;
  const xs = [0, field.width].flatMap((x) => [0, field.height].map((y) => a * x - b * y + tx));
  const ys = [0, field.width].flatMap((x) => [0, field.height].map((y) => b * x + a * y + ty));
  const bottom = Math.min(height, Math.ceil(Math.max(...ys)));
  const right = Math.min(width, Math.ceil(Math.max(...xs)));
  for (let row = Math.max(0, Math.floor(Math.min(...ys))); row < bottom; row++) {
    for (let column = Math.max(0, Math.floor(Math.min(...xs))); column < right; column++) {
      const x = column + 0.5;
      const y = row + 0.5;
      const cropX = (a * (x - tx) + b * (y - ty)) / square;
      const cropY = (a * (y - ty) - b * (x - tx)) / square;
      if (cropX < 0 || cropY < 0 || cropX > field.width || cropY > field.height) continue;
      const [u, v] = bilinear(field, cropX, cropY);
      write(u, v, result.data, row * width + column, plane, x, y, cropX, cropY);
    }
  }
  return result;
}

/** u, v at a continuous position (the centre of the first pixel is 0.5, 0.5); beyond the border its value. */
function bilinear({ width, height, data }: FlowField, x: number, y: number): [number, number] {
  const px = Math.max(0, Math.min(width - 1, x - 0.5));
  const py = Math.max(0, Math.min(height - 1, y - 0.5));
  const x0 = Math.floor(px);
  const y0 = Math.floor(py);
  const x1 = Math.min(width - 1, x0 + 1);
  const y1 = Math.min(height - 1, y0 + 1);
  const fx = px - x0;
  const fy = py - y0;
  const at = (offset: number): number => {
    const top = (1 - fx) * data[offset + y0 * width + x0]! + fx * data[offset + y0 * width + x1]!;
    const bottom = (1 - fx) * data[offset + y1 * width + x0]! + fx * data[offset + y1 * width + x1]!;
    return (1 - fy) * top + fy * bottom;
  };
  return [at(0), at(width * height)];
}
