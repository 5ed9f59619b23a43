import { ConversionError } from './conversion-error.js';
import { OnnxGraph } from './onnx-graph.js';
import type { TfjsGraph, TfjsNode, TfjsTensor } from './tfjs-graph.js';

/** Which outputs of the TensorFlow.js graph to keep, and what to call them in the ONNX file. Nodes that none of them needs are left out. */
export type OutputNames = Readonly<Record<string, string>>;

export const OPSET = 16;

/**
 * Converts a TensorFlow.js graph model to the bytes of an ONNX file (opset 16).
 *
 * TensorFlow holds pictures as NHWC, ONNX Runtime computes on NCHW: weights are transposed here, the input becomes
 * `input` of [1, c, h, w], and values that the source reshapes are first put back into NHWC order, so that flat outputs read
 * as in the source. Only operators of small convolutional nets are known; another one throws a ConversionError.
 */
export function tfjsToOnnx(name: string, source: TfjsGraph, outputs: OutputNames): Uint8Array<ArrayBuffer> {
  return new Conversion(name, source).run(outputs);
}

class Conversion {
  readonly #source: TfjsGraph;
  readonly #graph: OnnxGraph;
  /** ONNX names of the source's nodes. */
  readonly #done = new Map<string, string>();
  #count = 0;

  constructor(name: string, source: TfjsGraph) {
    this.#source = source;
    this.#graph = new OnnxGraph(name);
  }

  run(outputs: OutputNames): Uint8Array<ArrayBuffer> {
    for (const [from, to] of Object.entries(outputs)) {
      this.#graph.node('Identity', [this.#value(from)], to);
      this.#graph.output(to);
    }
    return this.#graph.encode(OPSET);
  }

  /** The ONNX name of a node's value, converting what it needs first. Graphs are a hundred nodes deep at most. */
  #value(name: string): string {
    const known = this.#done.get(name);
    if (known !== undefined) return known;
    const node = this.#source.nodes.get(name);
    if (!node) throw new ConversionError(`the graph has no node ${name}`);
    const value = this.#convert(node);
    this.#done.set(name, value);
    return value;
  }

  #convert(node: TfjsNode): string {
    const short = `n${String(this.#count++)}`;
    const input = (index: number): string => this.#value(required(node, index));
    switch (node.op) {
      case 'Placeholder': {
        const [, height, width, channels] = node.shape;
        this.#graph.input('input', [1, channels ?? 3, height ?? 0, width ?? 0]);
        return 'input';
      }
      case 'Identity':
        return input(0);
      case 'Conv2D':
      case '_FusedConv2D':
        return this.#convolution(node, short);
      case 'DepthwiseConv2dNative': {
        const weight = this.#constant(node, 1);
        const [height = 1, width = 1, channels = 1, multiplier = 1] = weight.dims;
        const from = input(0);
        const kernel = this.#graph.weight(`${short}_w`, [channels * multiplier, 1, height, width], permute(weight, [2, 3, 0, 1]));
        return this.#graph.node('Conv', [from, kernel], short, { group: channels, kernel_shape: [height, width], ...placing(node) });
      }
      case 'AddV2':
      case 'Add':
        return this.#graph.node('Add', [input(0), input(1)], short);
      case 'Relu':
      case 'Sigmoid':
        return this.#graph.node(node.op, [input(0)], short);
      case 'Prelu':
        return this.#prelu(input(0), this.#constant(node, 1), short);
      case 'MaxPool':
        return this.#graph.node('MaxPool', [input(0)], short, { kernel_shape: node.kernel, ...placing(node) });
      case 'Pad': {
        const pads = this.#constant(node, 1).values;
        const order = [0, 3, 1, 2];
        const list = [...order.map((axis) => pads[2 * axis] ?? 0), ...order.map((axis) => pads[2 * axis + 1] ?? 0)];
        return this.#graph.node('Pad', [input(0), this.#graph.integers(`${short}_pads`, list)], short, { mode: 'constant' });
      }
      case 'ConcatV2': {
        const axis = this.#constant(node, node.inputs.length - 1).values[0];
        if (axis !== 3 && axis !== -1) throw new ConversionError(`${node.name} joins along axis ${String(axis)}, not along channels`);
        return this.#graph.node(
          'Concat',
          node.inputs.slice(0, -1).map((_, i) => input(i)),
          short,
          { axis: 1 },
        );
      }
      case 'Reshape': {
        const nhwc = this.#graph.node('Transpose', [input(0)], `${short}_nhwc`, { perm: [0, 2, 3, 1] });
        const shape = this.#graph.integers(`${short}_shape`, [...this.#constant(node, 1).values]);
        return this.#graph.node('Reshape', [nhwc, shape], short);
      }
      default:
        throw new ConversionError(`the converter does not know the operator ${node.op} of ${node.name}`);
    }
  }

  #convolution(node: TfjsNode, short: string): string {
    const weight = this.#constant(node, 1);
    const [height = 1, width = 1, from = 1, to = 1] = weight.dims;
    const inputs = [
      this.#value(required(node, 0)),
      this.#graph.weight(`${short}_w`, [to, from, height, width], permute(weight, [3, 2, 0, 1])),
    ];
    if (node.fused[0] === 'BiasAdd') inputs.push(this.#graph.weight(`${short}_b`, [to], floats(this.#constant(node, 2))));
    const [, activation] = node.fused;
    const last = activation === undefined ? short : `${short}_conv`;
    const value = this.#graph.node('Conv', inputs, last, { kernel_shape: [height, width], ...placing(node) });
    if (activation === undefined) return value;
    if (activation === 'Prelu') return this.#prelu(value, this.#constant(node, 3), short);
    if (activation === 'Relu') return this.#graph.node('Relu', [value], short);
    throw new ConversionError(`the converter does not know the fused operator ${activation} of ${node.name}`);
  }

  /**
   * A slope a for each channel below 0, written as a·x + relu((1 − a)·x): two convolutions of one pixel, channel by channel.
   *
   * ONNX Runtime computes those, and the additions next to them, in its blocked layout, in which PRelu does not exist: each PRelu would
   * cost a reordering of the whole tensor there and back (FaceMesh takes 2.2 times as long). That holds for a <= 1; channels
   * with a > 1 are x − relu((1 − a)·x), which takes a third convolution for the sign.
   */
  #prelu(value: string, slope: TfjsTensor, short: string): string {
    const slopes = floats(slope);
    const channels = slopes.length;
    const attributes = { group: channels, kernel_shape: [1, 1] };
    const dims = [channels, 1, 1, 1];
    const steep = this.#graph.node(
      'Conv',
      [
        value,
        this.#graph.weight(
          `${short}_rest`,
          dims,
          slopes.map((a) => 1 - a),
        ),
      ],
      `${short}_steep`,
      attributes,
    );
    const positive = this.#graph.node('Relu', [steep], `${short}_positive`);
    const linear = this.#graph.node(
      'Conv',
      [
        value,
        this.#graph.weight(
          `${short}_slope`,
          dims,
          slopes.map((a) => (a <= 1 ? a : 1)),
        ),
      ],
      `${short}_linear`,
      attributes,
    );
    if (slopes.every((a) => a <= 1)) return this.#graph.node('Add', [linear, positive], short);
    const signs = this.#graph.weight(
      `${short}_sign`,
      dims,
      slopes.map((a) => (a <= 1 ? 1 : -1)),
    );
    return this.#graph.node('Add', [linear, this.#graph.node('Conv', [positive, signs], `${short}_signed`, attributes)], short);
  }

  #constant(node: TfjsNode, index: number): TfjsTensor {
    const name = required(node, index);
    const tensor = this.#source.constants.get(name);
    if (!tensor) throw new ConversionError(`input ${String(index)} of ${node.name} is not a constant`);
    return tensor;
  }
}

function required(node: TfjsNode, index: number): string {
  const name = node.inputs[index];
  if (name === undefined) throw new ConversionError(`${node.name} lacks its input ${String(index)}`);
  return name;
}

/** SAME in TensorFlow puts the odd pixel of padding at the end: ONNX calls that SAME_UPPER. */
function placing(node: TfjsNode): { strides: readonly number[]; auto_pad: string } {
  return { strides: node.strides, auto_pad: node.padding === 'SAME' ? 'SAME_UPPER' : 'VALID' };
}

function floats(tensor: TfjsTensor): Float32Array {
  return Float32Array.from(tensor.values);
}

/** Reorders the four axes of a tensor: axis i of the result is axis `order[i]` of the source. */
function permute(tensor: TfjsTensor, order: readonly [number, number, number, number]): Float32Array {
  const [d0 = 1, d1 = 1, d2 = 1, d3 = 1] = tensor.dims;
  const dims = [d0, d1, d2, d3];
  const step = [d1 * d2 * d3, d2 * d3, d3, 1];
  const [n0, n1, n2, n3] = order.map((axis) => dims[axis] ?? 1) as [number, number, number, number];
  const [s0, s1, s2, s3] = order.map((axis) => step[axis] ?? 1) as [number, number, number, number];
  const out = new Float32Array(tensor.values.length);
  let at = 0;
  for (let i = 0; i < n0; i++)
    for (let j = 0; j < n1; j++)
      for (let k = 0; k < n2; k++)
        for (let l = 0; l < n3; l++) {
          out[at++] = tensor.values[i * s0 + j * s1 + k * s2 + l * s3] ?? 0;
        }
  return out;
}
