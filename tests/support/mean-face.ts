import { readFileSync } from 'node:fs';

/** Mean FaceMesh landmarks of frontal generated portraits (CC0) in the reference crop: 468 points, x0, y0, …. */
export function meanFace(): Float32Array<ArrayBuffer> {
  return new Float32Array(JSON.parse(readFileSync(new URL('./mean-landmarks.json', import.meta.url), 'utf8')) as number[]);
}
