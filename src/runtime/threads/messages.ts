/** What main and a worker, a thread or a process, say to each other. */
export type ToWorker =
  /** First, to a process only; a thread has it as `workerData`. */
  | { readonly start: { readonly name: string; readonly data: unknown } }
  | { readonly call: number; readonly method: string; readonly args: readonly unknown[] }
  /** Are you there? */
  | { readonly ping: true }
  /** Ends the worker as soon as it is out of native code. */
  | { readonly leave: true };

export type FromWorker =
  | { readonly ready: true }
  | { readonly pong: true }
  | { readonly reply: number; readonly value: unknown }
  | { readonly reply: number; readonly error: { readonly code: string; readonly message: string; readonly stack?: string | undefined } }
  | { readonly event: string; readonly args: readonly unknown[] };
