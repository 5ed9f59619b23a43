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
  /** PNG files by name, where images are kept. */
  readonly images?: Readonly<Partial<Record<'onset' | 'apex' | 'flow' | 'motion', Uint8Array>>>;
}
