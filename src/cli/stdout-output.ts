import { cannotWrite } from './atomic-file.js';

/** Where a result goes, piece by piece: a file or stdout. */
export interface Output {
  /** Rejects where it could not be written; whoever doesn't wait hears of it from `commit`. */
  write(data: string): Promise<void>;
  commit(): Promise<void>;
  discard(): Promise<void>;
}

/** The reader of stdout has left: not a failure, but there is nobody to write for. */
export class ReaderGone extends Error {
  override readonly name = 'ReaderGone';
}

/** stdout as an {@link Output}; while it is open, errors of stdout are its own, not the process's end. */
export class StdoutOutput implements Output {
  #failed: Error | undefined;
  readonly #onError = (error: NodeJS.ErrnoException): void => {
    this.#failed ??= error.code === 'EPIPE' ? new ReaderGone('the reader of stdout has closed it') : cannotWrite('stdout', error);
  };

  constructor() {
    process.stdout.on('error', this.#onError);
  }

  async write(data: string): Promise<void> {
    this.#check();
    await new Promise<void>((resolve) => {
      process.stdout.write(data, () => {
        resolve();
      });
    });
    this.#check();
  }

  /** @throws {CliError} or {@link ReaderGone} */
  async commit(): Promise<void> {
    await new Promise<void>((resolve) => {
      process.stdout.write('', () => {
        resolve();
      });
    });
    await this.discard();
    this.#check();
  }

  discard(): Promise<void> {
    // A late error finds no listener of ours; main's says it.
    process.stdout.off('error', this.#onError);
    return Promise.resolve();
  }

  #check(): void {
    if (this.#failed) throw this.#failed;
  }
}

/** Ends the process on errors of stdout and stderr that no {@link Output} takes: quietly where the reader left, else with a message. */
export function watchStandardStreams(end: (code: number) => void): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (process.stdout.listenerCount('error') > 1) return;
    if (error.code !== 'EPIPE') process.stderr.write(`mellm-live: ${cannotWrite('stdout', error).message}\n`);
    end(error.code === 'EPIPE' ? 0 : 1);
  });
  // What was to be said can't be; the work goes on.
  process.stderr.on('error', () => undefined);
}
