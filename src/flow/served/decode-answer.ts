import { endianness } from 'node:os';
import { z } from 'zod';
import { INPUT_PIXELS, type FlowEstimate } from '../flow-messages.js';
import { finite } from '../luma-input.js';
import { JSON_LENGTH_HEADER } from './encode-request.js';
import type { Answered } from './exchange.js';
import { OUTPUTS, shapeOf } from './interface.js';
import { FlowServerError } from './server-error.js';

const answerSchema = z.looseObject({
  outputs: z
    .array(
      z.looseObject({
        name: z.string(),
        datatype: z.string(),
        shape: z.array(z.number()).max(16),
        parameters: z.looseObject({ binary_data_size: z.number().int().min(0).optional() }).nullish(),
        data: z.unknown().optional(),
      }),
    )
    .max(64),
});
type Output = z.infer<typeof answerSchema>['outputs'][number];

/** Bytes that a JSON number may take with its comma and blanks: 17 digits, sign, point, exponent. */
const MAX_DECIMAL = 32;
/** Bytes of everything beside the numbers. */
const MAX_HEAD = 65_536;
/** Numbers of a pair in the answer, the optional log_sigma included: some servers send all outputs whatever is asked. */
const NUMBERS = 5 * INPUT_PIXELS;

/** Bytes that the answer to a batch of `size` may have at most. */
export function longestAnswer(size: number, binary: boolean): number {
  return MAX_HEAD + size * NUMBERS * (binary ? 4 : MAX_DECIMAL);
}

/**
 * Reads the answer to a batch of `size`, of which the first `pairs` are wanted. `undefined` where a pair's numbers are not finite.
 *
 * @throws {FlowServerError} `flow_server_garbage`, `flow_server_mismatch`.
 */
export function decodeAnswer({ headers, body }: Answered, pairs: number, size: number, host: string): (FlowEstimate | undefined)[] {
  const declared = headers[JSON_LENGTH_HEADER];
  const jsonLength = declared === undefined ? body.byteLength : Number(declared);
  if (!Number.isInteger(jsonLength) || jsonLength < 2 || jsonLength > body.byteLength)
    throw garbage(host, `its JSON is declared as ${String(declared)} of ${String(body.byteLength)} bytes`);
  const { outputs } = parse(body.subarray(0, jsonLength), host);
  // Binary tensors lie one after the other, in the order of the outputs.
  let at = jsonLength;
  const places = outputs.map(({ parameters }) => {
    const from = at;
    at += parameters?.binary_data_size ?? 0;
    return from;
  });
  if (at !== body.byteLength) throw garbage(host, `its tensors are declared to end at byte ${String(at)} of ${String(body.byteLength)}`);
  const planes = Object.fromEntries(
    Object.entries(OUTPUTS).map(([name, channels]) => {
      const index = outputs.findIndex((output) => output.name === name);
      const output = outputs[index];
      const shape = shapeOf(channels, size);
      if (!output)
        throw new FlowServerError('flow_server_mismatch', `${host} answers without the output ${name}; is flow.server_model MEFlowNet?`);
      if (output.datatype !== 'FP32' || output.shape.join() !== shape.join()) {
        throw new FlowServerError(
          'flow_server_mismatch',
          `${host} answers with ${name} as ${output.datatype} [${output.shape.join(',')}], not FP32 [${shape.join(',')}]; is flow.server_model MEFlowNet?`,
        );
      }
      return [name, values(output, body, places[index] ?? 0, size * channels * INPUT_PIXELS, host)];
    }),
  ) as Record<keyof typeof OUTPUTS, Float32Array<ArrayBuffer>>;
  return Array.from({ length: pairs }, (_, i) => {
    const part = (name: keyof typeof OUTPUTS): Float32Array<ArrayBuffer> =>
      planes[name].slice(i * OUTPUTS[name] * INPUT_PIXELS, (i + 1) * OUTPUTS[name] * INPUT_PIXELS);
    const estimate = { facial: part('facial'), head: part('head') };
    return finite(estimate.facial) && finite(estimate.head) ? estimate : undefined;
  });
}

function parse(json: Buffer, host: string): z.infer<typeof answerSchema> {
  let value: unknown;
  try {
    value = JSON.parse(json.toString());
  } catch (cause) {
    throw garbage(host, (cause as Error).message.slice(0, 100), cause);
  }
  const result = answerSchema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw garbage(host, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}

/** An output's numbers, from where its bytes are or from its JSON array, flat or nested. */
function values({ name, parameters, data }: Output, body: Buffer, at: number, count: number, host: string): Float32Array<ArrayBuffer> {
  const numbers = new Float32Array(count);
  const size = parameters?.binary_data_size;
  if (size !== undefined) {
    if (size !== numbers.byteLength) throw garbage(host, `${name} has ${String(size)} bytes, not ${String(numbers.byteLength)}`);
    // Copied: a Float32Array can't begin at any byte.
    const bytes = Buffer.from(numbers.buffer);
    bytes.set(body.subarray(at, at + size));
    if (endianness() === 'BE') bytes.swap32();
    return numbers;
  }
  const filled = fill(numbers, 0, data, 4);
  if (filled !== count) throw garbage(host, `${name} has ${filled === undefined ? 'no' : String(filled)} numbers, not ${String(count)}`);
  return numbers;
}

/**
 * Writes nested arrays' numbers, null as NaN, and returns how many there are up to here, at most one more than have room; undefined where
 * it is not an array.
 */
function fill(to: Float32Array, at: number, data: unknown, depth: number): number | undefined {
  if (!Array.isArray(data) || depth === 0) return undefined;
  let next = at;
  for (const value of data as unknown[]) {
    if (next > to.length) break;
    if (typeof value === 'number' || value === null) to[next++] = value ?? NaN;
    else {
      const after = fill(to, next, value, depth - 1);
      if (after === undefined) return undefined;
      next = after;
    }
  }
  return next;
}

function garbage(host: string, what: string, cause?: unknown): FlowServerError {
  return new FlowServerError(
    'flow_server_garbage',
    `${host} returned an unreadable answer (${what}); does it speak the Open Inference Protocol?`,
    { cause },
  );
}
