const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

/** Runs one piece of work at a time, each in its own turn of the event loop, so that other work runs in between. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(nextTurn).then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
