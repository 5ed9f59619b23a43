import { ProtobufWriter } from './protobuf.js';

/** ONNX attribute: an integer, a list of integers, or a string. (No converted operator needs a float.) */
export type OnnxAttribute = number | readonly number[] | string;

interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** Field numbers and enum values of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto, as far as they are used. */
const FLOAT = 1;
const INT64 = 7;
const IR_VERSION = 8;
const ATTRIBUTE_TYPE = { int: 2, string: 3, ints: 7 } as const;

/** Collects the nodes and weights of an ONNX graph and writes it as a file. Values are float32 unless said otherwise. */
export class OnnxGraph {
  readonly #name: string;
  readonly #nodes: OnnxNode[] = [];
  readonly #weights = new Map<string, { dims: readonly number[]; type: number; raw: Uint8Array }>();
  readonly #inputs: { name: string; dims: readonly number[] }[] = [];
  readonly #outputs: string[] = [];

  constructor(name: string) {
    this.#name = name;
  }

  input(name: string, dims: readonly number[]): void {
    this.#inputs.push({ name, dims });
  }

  output(name: string): void {
    this.#outputs.push(name);
  }

  /** Adds a node with one output and returns that output's name. */
  node(op: string, inputs: readonly string[], output: string, attributes: Readonly<Record<string, OnnxAttribute>> = {}): string {
    this.#nodes.push({ op, inputs, output, attributes });
    return output;
  }

  /** Adds a float32 weight and returns its name. */
  weight(name: string, dims: readonly number[], values: Float32Array): string {
    this.#weights.set(name, { dims, type: FLOAT, raw: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) });
    return name;
  }

  /** Adds an int64 vector (a shape, paddings) and returns its name. */
  integers(name: string, values: readonly number[]): string {
    const raw = new BigInt64Array(values.map(BigInt));
    this.#weights.set(name, { dims: [values.length], type: INT64, raw: new Uint8Array(raw.buffer) });
    return name;
  }

  /** The ONNX file's bytes. The same graph always gives the same bytes. */
  encode(opset: number): Uint8Array<ArrayBuffer> {
    return new ProtobufWriter()
      .int(1, IR_VERSION)
      .string(2, 'mellm-live')
      .message(7, (graph) => {
        this.#encodeGraph(graph);
      })
      .message(8, (operators) => operators.string(1, '').int(2, opset))
      .finish();
  }

  #encodeGraph(graph: ProtobufWriter): void {
    for (const node of this.#nodes) {
      graph.message(1, (to) => {
        for (const input of node.inputs) to.string(1, input);
        to.string(2, node.output).string(3, node.output).string(4, node.op);
        for (const [name, value] of Object.entries(node.attributes))
          to.message(5, (attribute) => {
            encodeAttribute(attribute, name, value);
          });
      });
    }
    graph.string(2, this.#name);
    for (const [name, weight] of this.#weights) {
      graph.message(5, (to) => {
        for (const size of weight.dims) to.int(1, size);
        to.int(2, weight.type).string(8, name).bytes(9, weight.raw);
      });
    }
    for (const { name, dims } of this.#inputs)
      graph.message(11, (to) => {
        encodeValue(to, name, dims);
      });
    for (const name of this.#outputs)
      graph.message(12, (to) => {
        encodeValue(to, name);
      });
  }
}

function encodeAttribute(to: ProtobufWriter, name: string, value: OnnxAttribute): void {
  to.string(1, name);
  if (typeof value === 'number') {
    to.int(3, value).int(20, ATTRIBUTE_TYPE.int);
  } else if (typeof value === 'string') {
    to.string(4, value).int(20, ATTRIBUTE_TYPE.string);
  } else {
    for (const item of value) to.int(8, item);
    to.int(20, ATTRIBUTE_TYPE.ints);
  }
}

function encodeValue(to: ProtobufWriter, name: string, dims?: readonly number[]): void {
  to.string(1, name).message(2, (type) =>
    type.message(1, (tensor) => {
      tensor.int(1, FLOAT);
      if (dims)
        tensor.message(2, (shape) => {
          for (const size of dims) shape.message(1, (dim) => dim.int(1, size));
        });
    }),
  );
}
