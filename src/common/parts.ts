/** Runs the closing of one part, e.g. within a time limit. */
export type CloseStep = (name: string, close: () => Promise<unknown>) => Promise<void>;

/** The parts of a server or a stage in the order in which they were started; they close in reverse. */
export class Parts {
  readonly #parts: { readonly name: string; readonly close: () => Promise<unknown> }[] = [];

  /**
   * Runs `start`, which adds parts as it starts them. If it fails, the parts that it added are closed before the error is thrown.
   *
   * @param step how each of them is closed; default: one after the other, without a time limit
   */
  static async start<T>(start: (parts: Parts) => Promise<T>, step?: () => CloseStep): Promise<T> {
    const parts = new Parts();
    try {
      return await start(parts);
    } catch (error) {
      await parts.close(step?.());
      throw error;
    }
  }

  /** Adds a part, or the promise of one: parts that start concurrently are all added before the first is awaited. Returns `part` itself. */
  add<P>(name: string, part: P, close: (part: Awaited<P>) => unknown): P {
    const started = Promise.resolve(part);
    const closed = async (): Promise<unknown> => close(await started);
    this.#parts.push({ name, close: () => started.then(closed, () => undefined) });
    // A failed start is thrown where the part is awaited; here it only means that there is nothing to close.
    started.catch(() => undefined);
    return part;
  }

  /** Closes every part, the last one first; waits for those that are still starting. */
  async close(
    step: CloseStep = async (_name, close) => {
      await close();
    },
  ): Promise<void> {
    for (const { name, close } of this.#parts.splice(0).reverse()) await step(name, close);
  }
}
