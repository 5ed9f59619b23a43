import { readFile, stat, writeFile } from 'node:fs/promises';
import { FlowError } from './flow-error.js';
import type { FlowField } from './flow-field.js';

/*
 * Middlebury's .flo (https://vision.middlebury.edu/flow/code/flow-code/README.txt), little-endian:
 *
 *     float32 202021.25 ("PIEH") | int32 width | int32 height | float32 u, v of each pixel, row by row
 */
const MAGIC = 202_021.25;
const HEADER = 12;
/** Largest side that is read; more is a damaged header, or would not fit in memory. */
const MAX_SIDE = 16_384;
const MAX_PIXELS = 64 * 1024 * 1024;

/** The file's bytes. */
export function encodeFlo({ width, height, data }: FlowField): Uint8Array<ArrayBuffer> {
  const plane = width * height;
  if (data.length !== 2 * plane)
    throw new RangeError(
      `a ${String(width)}x${String(height)} field has ${String(2 * plane)} numbers, but this one has ${String(data.length)}`,
    );
  const bytes = new Uint8Array(HEADER + 8 * plane);
  const view = new DataView(bytes.buffer);
  view.setFloat32(0, MAGIC, true);
  view.setInt32(4, width, true);
  view.setInt32(8, height, true);
  for (let i = 0; i < plane; i++) {
    view.setFloat32(HEADER + 8 * i, data[i]!, true);
    view.setFloat32(HEADER + 8 * i + 4, data[plane + i]!, true);
  }
  return bytes;
}

/** Reads a file's bytes; `name` is for the error. @throws {FlowError} `flow_file_invalid` */
export function decodeFlo(bytes: Uint8Array, name = 'the .flo file'): FlowField {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < HEADER || view.getFloat32(0, true) !== MAGIC)
    throw invalid(name, 'is not a Middlebury .flo file (its first four bytes are not "PIEH")');
  const width = view.getInt32(4, true);
  const height = view.getInt32(8, true);
  if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE || width * height > MAX_PIXELS) {
    throw invalid(name, `claims a size of ${String(width)}x${String(height)}, which is not between 1x1 and ${String(MAX_SIDE)} a side`);
  }
  const plane = width * height;
  if (bytes.byteLength !== HEADER + 8 * plane) {
    throw invalid(
      name,
      `has ${String(bytes.byteLength)} bytes, a ${String(width)}x${String(height)} field takes ${String(HEADER + 8 * plane)}; it is truncated or overwritten`,
    );
  }
  const data = new Float32Array(2 * plane);
  for (let i = 0; i < plane; i++) {
    data[i] = view.getFloat32(HEADER + 8 * i, true);
    data[plane + i] = view.getFloat32(HEADER + 8 * i + 4, true);
  }
  return { width, height, data };
}

/** @throws {FlowError} `flow_file_invalid`, also where the file can't be read. */
export async function readFlo(path: string): Promise<FlowField> {
  let bytes: Uint8Array;
  try {
    const { size } = await stat(path);
    if (size > HEADER + 8 * MAX_PIXELS) throw new Error(`${String(size)} bytes exceed the limit`);
    bytes = await readFile(path);
  } catch (cause) {
    throw new FlowError('flow_file_invalid', `cannot read ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  return decodeFlo(bytes, path);
}

/** Writes the field; rejects as the file system does. */
export async function writeFlo(path: string, field: FlowField): Promise<void> {
  await writeFile(path, encodeFlo(field));
}

function invalid(name: string, what: string): FlowError {
  return new FlowError('flow_file_invalid', `${name} ${what}`);
}
