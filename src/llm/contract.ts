import type { ActionUnit, Emotion } from '../events/schema.js';

/** What MELLM made of a flow report. */
export interface Description {
  readonly text: string;
  readonly aus: readonly ActionUnit[];
  /** Absent with `--no-emotion`, and where no category was inferred. */
  readonly emotion?: Emotion;
  /** True where the answer says that this is no micro-expression. */
  readonly nothing?: boolean;
  /** `embedded@<sha8>` or `<base url's host>/<model>`. */
  readonly source: string;
  /** Milliseconds from asking to the last token. */
  readonly ms: number;
}
