/** What the process of made-up windows is told, and what it tells. */
export type Order =
  /** Open and close a window now. */
  | { readonly do: 'alert' }
  /** Keep `outstanding` pairs in the flow queue until told to stop. */
  | { readonly do: 'pairs'; readonly outstanding: number }
  /** Count pairs from now on. */
  | { readonly do: 'mark' }
  /** Keep no more pairs in the queue, and tell of those counted. */
  | { readonly do: 'stop' }
  /** Publish so many durable events, of `sessions` sessions in turn, as fast as the stream takes them. */
  | { readonly do: 'events'; readonly count: number; readonly sessions: number };

export type Word =
  | { readonly told: 'ready'; readonly session: string; readonly url: string | undefined }
  /** On {@link sharedNow}'s clock. */
  | { readonly told: 'closed'; readonly annotation: string; readonly at: number }
  /** Pairs answered and failed since `mark`. */
  | { readonly told: 'pairs'; readonly done: number; readonly failed: number; readonly seconds: number }
  | { readonly told: 'events'; readonly seconds: number };
