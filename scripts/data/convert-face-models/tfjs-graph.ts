import { ConversionError } from './conversion-error.js';

/** One constant of a TensorFlow.js graph model; floats are widened to float32. */
export interface TfjsTensor {
  readonly dims: readonly number[];
  readonly values: Float32Array | Int32Array;
}

export interface TfjsNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  /** `[h, w]`, where the operator has them. */
  readonly strides: readonly [number, number];
  readonly kernel: readonly [number, number];
  readonly padding: 'SAME' | 'VALID';
  /** What `_FusedConv2D` does besides the convolution, in order: `BiasAdd`, `Relu`, `Prelu`. */
  readonly fused: readonly string[];
  /** A placeholder's `[n, h, w, c]`. */
  readonly shape: readonly number[];
}

export interface TfjsGraph {
  readonly nodes: ReadonlyMap<string, TfjsNode>;
  readonly constants: ReadonlyMap<string, TfjsTensor>;
}

interface RawAttribute {
  readonly s?: string;
  readonly list?: { readonly i?: readonly string[]; readonly s?: readonly string[] };
  readonly shape?: { readonly dim?: readonly { readonly size: string }[] };
}
interface RawModel {
  readonly modelTopology: {
    readonly node: readonly { name: string; op: string; input?: readonly string[]; attr?: Readonly<Record<string, RawAttribute>> }[];
  };
  readonly weightsManifest: readonly {
    readonly weights: readonly { name: string; shape: readonly number[]; dtype: string; quantization?: { dtype: string } }[];
  }[];
}

/**
 * Reads a TensorFlow.js graph model: the topology's JSON and its weights, concatenated in the manifest's order.
 *
 * The format is that of `tensorflowjs_converter --output_format tfjs_graph_model`. Weights may be float32, float16 (as a
 * quantization) or int32; anything else throws a ConversionError.
 */
export function readTfjsGraph(json: string, weights: Uint8Array): TfjsGraph {
  const model = JSON.parse(json) as RawModel;
  const constants = new Map<string, TfjsTensor>();
  const view = new DataView(weights.buffer, weights.byteOffset, weights.byteLength);
  let at = 0;
  for (const weight of model.weightsManifest.flatMap((group) => group.weights)) {
    const count = weight.shape.reduce((product, size) => product * size, 1);
    const stored = weight.quantization?.dtype ?? weight.dtype;
    const start = at;
    if (stored === 'float16') {
      constants.set(weight.name, {
        dims: weight.shape,
        values: Float32Array.from({ length: count }, (_, i) => half(view.getUint16(start + 2 * i, true))),
      });
      at += 2 * count;
    } else if (stored === 'float32') {
      constants.set(weight.name, {
        dims: weight.shape,
        values: Float32Array.from({ length: count }, (_, i) => view.getFloat32(start + 4 * i, true)),
      });
      at += 4 * count;
    } else if (stored === 'int32') {
      constants.set(weight.name, {
        dims: weight.shape,
        values: Int32Array.from({ length: count }, (_, i) => view.getInt32(start + 4 * i, true)),
      });
      at += 4 * count;
    } else {
      throw new ConversionError(`weight ${weight.name} is stored as ${stored}, which the converter does not know`);
    }
  }
  const nodes = new Map<string, TfjsNode>();
  for (const raw of model.modelTopology.node) {
    const attr = raw.attr ?? {};
    nodes.set(raw.name, {
      name: raw.name,
      op: raw.op,
      inputs: (raw.input ?? []).map((input) => input.replace(/:0$/, '')),
      strides: spatial(attr['strides']),
      kernel: spatial(attr['ksize']),
      padding: text(attr['padding']?.s) === 'SAME' ? 'SAME' : 'VALID',
      fused: (attr['fused_ops']?.list?.s ?? []).map(text),
      shape: (attr['shape']?.shape?.dim ?? []).map((dim) => Number(dim.size)),
    });
  }
  return { nodes, constants };
}

/** The height and width of an NHWC list of four. */
function spatial(attribute: RawAttribute | undefined): readonly [number, number] {
  const list = attribute?.list?.i ?? [];
  return [Number(list[1] ?? 1), Number(list[2] ?? 1)];
}

function text(base64: string | undefined): string {
  return Buffer.from(base64 ?? '', 'base64').toString();
}

/** IEEE 754 binary16 to a number. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
