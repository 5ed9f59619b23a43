import { endianness } from 'node:os';
import type { Luma } from '../contract.js';
import { INPUT_PIXELS, type CropLuma } from '../flow-messages.js';
import { InputBuffers } from '../luma-input.js';
import { INPUTS, OUTPUTS, shapeOf } from './interface.js';

/** An inference request as it goes over HTTP. */
export interface EncodedRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: readonly Uint8Array[];
}

/** The header that says where the JSON ends and the tensors begin (binary tensor data extension). */
export const JSON_LENGTH_HEADER = 'inference-header-content-length';

/**
 * A batch as a request of the Open Inference Protocol, padded to `size` by repeating the last pair. Luma becomes 0..1.
 *
 *     JSON                                          binary tensor data extension
 *     {"inputs":[{"name":"onset",                   {"inputs":[{"name":"onset",…,
 *       "shape":[2,1,224,224],"datatype":"FP32",      "parameters":{"binary_data_size":401408}},…]}
 *       "data":[0.5019608,…]},…]}                   ‹onset's floats, little-endian›‹apex's›
 */
export function encodeRequest(pairs: readonly CropLuma[], size: number, binary: boolean): EncodedRequest {
  const outputs = Object.keys(OUTPUTS).map((name) => ({ name, parameters: { binary_data: binary } }));
  const names = Object.keys(INPUTS) as (keyof typeof INPUTS)[];
  const describe = (name: keyof typeof INPUTS) => ({ name, shape: shapeOf(INPUTS[name], size), datatype: 'FP32' });
  if (binary) {
    // Its own buffers: they are on their way while the next batch is written.
    const values = new InputBuffers().fill(pairs, size);
    const parts = names.map((name) => littleEndian(values[name]));
    const json = Buffer.from(
      JSON.stringify({
        inputs: names.map((name, i) => ({ ...describe(name), parameters: { binary_data_size: parts[i]?.byteLength } })),
        outputs,
      }),
    );
    return {
      headers: { 'content-type': 'application/octet-stream', [JSON_LENGTH_HEADER]: String(json.byteLength) },
      body: [json, ...parts],
    };
  }
  const padded = Array.from({ length: size }, (_, i) => pairs[Math.min(i, pairs.length - 1)]).filter((pair) => pair !== undefined);
  const inputs = names.map(
    (name) => `${JSON.stringify(describe(name)).slice(0, -1)},"data":[${padded.map((pair) => decimals(pair[name])).join(',')}]}`,
  );
  return {
    headers: { 'content-type': 'application/json' },
    body: [Buffer.from(`{"inputs":[${inputs.join(',')}],"outputs":${JSON.stringify(outputs.map(({ name }) => ({ name })))}}`)],
  };
}

/** The 256 values of 8-bit luma in decimals: nine digits are enough for a float32. */
const DECIMALS = Array.from({ length: 256 }, (_, value) => decimal(value));

function decimal(value: number): string {
  return String(Number(Math.fround(value / 255).toPrecision(9)));
}

function decimals(luma: Luma): string {
  const texts = new Array<string>(INPUT_PIXELS);
  if (luma instanceof Uint8Array) for (let i = 0; i < INPUT_PIXELS; i++) texts[i] = DECIMALS[luma[i] ?? 0] ?? '0';
  else for (let i = 0; i < INPUT_PIXELS; i++) texts[i] = decimal(luma[i] ?? 0);
  return texts.join(',');
}

function littleEndian(values: Float32Array<ArrayBuffer>): Uint8Array {
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return endianness() === 'BE' ? bytes.swap32() : bytes;
}
