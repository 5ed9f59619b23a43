import type { RegionMotion } from '../annotations/schema.js';

/** What MEFlowNet measured between the onset and the apex frame of a window. */
export interface FlowReport {
  /** The paper's 29 regions of interest, in its order. */
  readonly rois: readonly RegionMotion[];
  /** Mean head flow u, v (px of the reference crop) and its rotation (radians). */
  readonly head: { readonly u: number; readonly v: number; readonly rotation: number };
  /** `<model>@<first 8 hex digits of its SHA-256>`. */
  readonly source: string;
  /** Milliseconds from asking to having. */
  readonly ms: number;
  /** PNG files by name, where images are kept. */
  readonly images?: Readonly<Partial<Record<'onset' | 'apex' | 'flow' | 'motion', Uint8Array>>>;
}
