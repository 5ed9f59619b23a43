/** What the fuzzing thread is told, and what it tells. */
export interface FuzzOrder {
  readonly target: string;
  readonly seed: number;
  readonly milliseconds: number;
  readonly runs: number;
  /** Writes what is worth keeping into the corpus. */
  readonly save: boolean;
  /** Two 32-bit counters (runs; length of the input under way), then its bytes: what is left when the thread hangs or dies. */
  readonly shared: SharedArrayBuffer;
}

export interface FuzzReport {
  readonly target: string;
  readonly runs: number;
  readonly seconds: number;
  /** Stretches of code that ran. */
  readonly coverage: number;
  readonly corpus: number;
  readonly slowest: number;
  readonly crash?: { readonly input: Uint8Array; readonly why: string };
}

export const HEADER_BYTES = 8;
export const SHARED_BYTES = HEADER_BYTES + 256 * 1024;
