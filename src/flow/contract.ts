import type { RegionMotion } from '../events/schema.js';
import type { ShapeChange } from './face-shape.js';
import type { HeadMethod } from './head/separate.js';

/** What MEFlowNet measured between the onset and the apex frame of a window. */
export interface FlowReport {
  /** The paper's 29 regions of interest, in its order. */
  readonly rois: readonly RegionMotion[];
  /** Mean head flow u, v (px of the reference crop), its rotation (radians), and how it was found; absent in reports of older workers. */
  readonly head: { readonly u: number; readonly v: number; readonly rotation: number; readonly method?: HeadMethod | undefined };
  /** How far eyes and mouth are open at onset and apex; absent where the apex's landmarks are not known. */
  readonly shape?: ShapeChange | undefined;
  /** What the spotter takes the window for; absent where nobody knows, as with two pictures. */
  readonly kind?: 'micro' | 'macro' | undefined;
  /** `<model>@<first 8 hex digits of its SHA-256>`. */
  readonly source: string;
  /** Milliseconds from asking to having. */
  readonly ms: number;
  /** PNG files by name, where they were asked for. */
  readonly images?: Readonly<Partial<Record<'flow' | 'motion', Uint8Array>>>;
}

/** Luma of a crop, row-major 224*224, 0..255; floats need not be rounded. */
export type Luma = Uint8Array | Float32Array;

/** One onset-apex pair to measure. */
export interface MeasureRequest {
  /** Scheduling is fair between sessions, and capped for each. */
  readonly session: string;
  /** The annotation's id, for errors. */
  readonly annotation: string;
  /** Identifies the measurement of an annotation that is measured again when its boundaries move. Default: the annotation's id. */
  readonly id?: string;
  /** Luma of the onset's crop. Copied. */
  readonly onsetCrop: Luma;
  /** The same of the apex, registered to the same reference frame. */
  readonly apexCrop: Luma;
  /** 468 FaceMesh points of the onset in crop pixels, x0, y0, …; the centre of the first pixel is (0.5, 0.5). */
  readonly landmarks: Float32Array;
  /** The same of the apex, in the same crop. With them long motions are measured too, and the report has a `shape`. */
  readonly apexLandmarks?: Float32Array;
  /** Whether the report carries PNGs of the flow. Default false. */
  readonly includeImages?: boolean;
  /** Stops waiting. */
  readonly signal?: AbortSignal;
}

/** Measures flow, in this process or on a flow worker. */
export type MeasureFlow = (request: MeasureRequest) => Promise<FlowReport>;
