const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

/** One piece of work at a time, each in a turn of the main loop of its own: what else waits goes between two of them. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(nextTurn).then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
