/** What main and a worker thread say to each other. */
export type ToWorker = { readonly call: number; readonly method: string; readonly args: readonly unknown[] };

export type FromWorker =
  | { readonly ready: true }
  | { readonly reply: number; readonly value: unknown }
  | { readonly reply: number; readonly error: { readonly code: string; readonly message: string; readonly stack?: string | undefined } }
  | { readonly event: string; readonly args: readonly unknown[] };
