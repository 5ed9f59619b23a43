import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProtobufWriter } from '../../scripts/data/convert-face-models/protobuf.js';

/**
 * An ONNX file with MEFlowNet's interface and arithmetic that a test can do by hand; never a model of anything:
 *
 *     facial = (gain·(apex − onset), gain·(onset − apex) + 1)      head = facial / 4      log_sigma = apex − onset
 */
export const STAND_IN_GAIN = 8;

const FLOAT = 1;
const SIZE = 224;

function standInOnnx(): Uint8Array<ArrayBuffer> {
  const graph = (to: ProtobufWriter): void => {
    const node = (op: string, inputs: readonly string[], output: string, axis?: number): void => {
      to.message(1, (n) => {
        for (const input of inputs) n.string(1, input);
        n.string(2, output).string(3, output).string(4, op);
        if (axis !== undefined) n.message(5, (a) => a.string(1, 'axis').int(3, axis).int(20, 2));
      });
    };
    const constant = (name: string, value: number): void => {
      to.message(5, (t) =>
        t
          .int(1, 1)
          .int(2, FLOAT)
          .string(8, name)
          .bytes(9, new Uint8Array(new Float32Array([value]).buffer)),
      );
    };
    const value = (field: number, name: string, channels: number): void => {
      to.message(field, (v) =>
        v.string(1, name).message(2, (type) =>
          type.message(1, (tensor) =>
            tensor.int(1, FLOAT).message(2, (shape) => {
              shape.message(1, (dim) => dim.string(2, 'batch'));
              for (const size of [channels, SIZE, SIZE]) shape.message(1, (dim) => dim.int(1, size));
            }),
          ),
        ),
      );
    };
    node('Sub', ['apex', 'onset'], 'log_sigma');
    node('Mul', ['log_sigma', 'gain'], 'u');
    node('Neg', ['u'], 'negated');
    node('Add', ['negated', 'one'], 'v');
    node('Concat', ['u', 'v'], 'facial', 1);
    node('Mul', ['facial', 'quarter'], 'head');
    to.string(2, 'stand_in');
    constant('gain', STAND_IN_GAIN);
    constant('one', 1);
    constant('quarter', 0.25);
    value(11, 'onset', 1);
    value(11, 'apex', 1);
    value(12, 'facial', 2);
    value(12, 'head', 2);
    value(12, 'log_sigma', 1);
  };
  return new ProtobufWriter()
    .int(1, 8)
    .string(2, 'mellm-live tests')
    .message(7, graph)
    .message(8, (to) => to.string(1, '').int(2, 16))
    .finish();
}

/** Writes the stand-in as a model folder and returns its path and hash. */
export async function writeStandIn(folder: string): Promise<{ folder: string; sha256: string }> {
  const onnx = standInOnnx();
  const sha256 = createHash('sha256').update(onnx).digest('hex');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'stand-in.onnx'), onnx);
  await writeFile(
    join(folder, 'model.json'),
    JSON.stringify({
      name: 'stand-in',
      version: '0',
      file: 'stand-in.onnx',
      sha256,
      inputs: ['onset', 'apex'],
      outputs: ['facial', 'head', 'log_sigma'],
      metrics: {},
    }),
  );
  return { folder, sha256 };
}
