/** Threads abandoned while they hung in native code, which cannot be stopped without ending the process. */
class Abandoned {
  #count = 0;

  /** How many there are now; each may hold a core and its memory until the process ends. */
  get count(): number {
    return this.#count;
  }

  /** Counts one; `stopped` takes it back should it ever come to its end. */
  add(): { stopped: () => void } {
    this.#count++;
    let counted = true;
    return {
      stopped: () => {
        if (counted) {
          counted = false;
          this.#count--;
        }
      },
    };
  }
}

export const abandoned = new Abandoned();

/**
 * Ends the process. Node joins every thread in `process.exit`, so with one that hangs in native code it would wait for ever:
 * then the kernel has to do it (exit status 137).
 */
export function endProcess(code: number): void {
  if (abandoned.count > 0) process.kill(process.pid, 'SIGKILL');
  process.exit(code);
}
