import type { ActionUnit, Emotion } from '../annotations/schema.js';

/** What MELLM made of a flow report. */
export interface Description {
  readonly text: string;
  readonly aus: readonly ActionUnit[];
  /** Absent with `--no-emotion`. */
  readonly emotion?: Emotion;
  /** `embedded@<sha8>` or `<base url's host>/<model>`. */
  readonly source: string;
  /** Milliseconds from asking to the last token. */
  readonly ms: number;
}
