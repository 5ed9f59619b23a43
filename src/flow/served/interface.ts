import { z } from 'zod';
import { INPUT_SIZE } from '../flow-messages.js';

/** MEFlowNet's tensors that travel, by name: channels of 224*224, float32, batch first. */
export const INPUTS = { onset: 1, apex: 1 } as const;
export const OUTPUTS = { facial: 2, head: 2 } as const;

/** `GET /v2`. */
export const serverMetadataSchema = z.looseObject({
  name: z.string().max(200),
  version: z.string().max(200),
  extensions: z.array(z.string().max(200)).max(100).nullish(),
});

const tensorSchema = z.looseObject({ name: z.string().max(200), datatype: z.string().max(20), shape: z.array(z.number().int()).max(16) });
type TensorMetadata = z.infer<typeof tensorSchema>;

/** `GET /v2/models/{name}`. */
export const modelMetadataSchema = z.looseObject({
  name: z.string().max(200),
  inputs: z.array(tensorSchema).max(64).nullish(),
  outputs: z.array(tensorSchema).max(64).nullish(),
  /** Ours (deploy/mlserver) tells the SHA-256 of its ONNX file here. */
  parameters: z
    .looseObject({
      sha256: z
        .string()
        .regex(/^[\da-f]{64}$/)
        .optional()
        .catch(undefined),
    })
    .nullish(),
});
export type ModelMetadata = z.infer<typeof modelMetadataSchema>;

/** The shape of a tensor in a batch of `size`. */
export function shapeOf(channels: number, size: number): number[] {
  return [size, channels, INPUT_SIZE, INPUT_SIZE];
}

/** What a served model lacks to be MEFlowNet, in words; empty where it lacks nothing. */
export function whatIsWrong({ inputs, outputs }: ModelMetadata): string[] {
  if (!inputs?.length || !outputs?.length) return ['it does not declare its inputs and outputs'];
  return [
    ...lacking('input', INPUTS, inputs),
    ...lacking('output', OUTPUTS, outputs),
    ...inputs.filter(({ name }) => !Object.hasOwn(INPUTS, name)).map(({ name }) => `it has an extra input ${name}`),
  ];
}

function lacking(kind: string, wanted: Readonly<Record<string, number>>, found: readonly TensorMetadata[]): string[] {
  return Object.entries(wanted).flatMap(([name, channels]) => {
    const tensor = found.find((one) => one.name === name);
    const expected = `FP32 [${shapeOf(channels, -1).join(',')}]`;
    if (!tensor) return [`${kind} ${name}, ${expected}, is missing`];
    const is = `${tensor.datatype} [${tensor.shape.join(',')}]`;
    return is === expected ? [] : [`${kind} ${name} is ${is}, not ${expected}`];
  });
}
