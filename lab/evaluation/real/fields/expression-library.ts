import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import packed from './expression-fields.json' with { type: 'json' };

const schema = z.object({
  step: z.number(),
  margin: z.number(),
  size: z.number(),
  names: z.array(z.string()),
  scales: z.array(z.number()),
  landmarks: z.array(z.tuple([z.number(), z.number(), z.number()])),
  units: z.record(z.string(), z.record(z.string(), z.number())),
  unilateral: z.record(z.string(), z.number()),
  combinations: z.array(z.tuple([z.array(z.number()), z.number()])),
  fields: z.string(),
});

/**
 * ICT-FaceKit's expressions in the frontal plane of its neutral face, where the outer eye corners lie as in a reference crop
 * (training/common/export_expression_fields.py writes them).
 */
export class ExpressionLibrary {
  /** FaceMesh point and its place in the plane, px. */
  readonly landmarks: readonly (readonly [number, number, number])[];
  /** Blendshapes of each action unit with their weights; `_` at the end stands for a side, L or R of the person. */
  readonly units: ReadonlyMap<number, Readonly<Record<string, number>>>;
  /** Share of one-sided ones among codings of a unit. */
  readonly unilateral: ReadonlyMap<number, number>;
  /** Action units that were coded together, and how often. */
  readonly combinations: readonly (readonly [readonly number[], number])[];
  readonly #step: number;
  readonly #margin: number;
  readonly #size: number;
  readonly #fields: ReadonlyMap<string, { readonly values: Int8Array; readonly scale: number }>;

  constructor() {
    const data = schema.parse(packed);
    this.landmarks = data.landmarks;
    this.units = new Map(Object.entries(data.units).map(([au, parts]) => [Number(au), parts]));
    this.unilateral = new Map(Object.entries(data.unilateral).map(([au, share]) => [Number(au), share]));
    this.combinations = data.combinations;
    this.#step = data.step;
    this.#margin = data.margin;
    this.#size = data.size;
    const bytes = gunzipSync(Buffer.from(data.fields, 'base64'));
    const values = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    const each = 2 * data.size * data.size;
    this.#fields = new Map(
      data.names.map((name, i) => [name, { values: values.subarray(i * each, (i + 1) * each), scale: data.scales[i] ?? 0 }]),
    );
  }

  get names(): readonly string[] {
    return [...this.#fields.keys()];
  }

  /** Adds `weight` times the displacement of a blendshape at (x, y) px of the plane to `out`; nothing beyond the plane's edge. */
  add(name: string, weight: number, x: number, y: number, out: Float64Array): void {
    const field = this.#fields.get(name);
    if (!field) throw new Error(`unknown blendshape: ${name}`);
    const n = this.#size;
    const gx = (x + this.#margin) / this.#step,
      gy = (y + this.#margin) / this.#step;
    if (!(gx >= 0 && gy >= 0 && gx < n - 1 && gy < n - 1)) return;
    const i = Math.floor(gx),
      j = Math.floor(gy),
      fx = gx - i,
      fy = gy - j;
    const { values } = field;
    for (let c = 0; c < 2; c++) {
      const k = c * n * n + j * n + i;
      const top = values[k]! + (values[k + 1]! - values[k]!) * fx;
      const low = values[k + n]! + (values[k + n + 1]! - values[k + n]!) * fx;
      out[c]! += weight * field.scale * (top + (low - top) * fy);
    }
  }
}
