import { addressKey, type Identity } from '../../auth/mod.js';
import { ProblemError } from './problem.js';
import type { RefusalReason } from './refusals.js';
import { Turns } from './turns.js';

export interface DownloadsOptions {
  /** Concurrent downloads per token and per address. */
  readonly limit: number;
  readonly onRefusal?: (reason: RefusalReason) => void;
}

/**
 * Large responses, streamed: a piece is produced once the client has taken the previous one, and one at a time across all downloads, so
 * that neither memory nor the load of the main loop grows with the size of a response. Limited per token and per address.
 */
export class Downloads {
  readonly #options: DownloadsOptions;
  readonly #open = new Map<string, number>();
  readonly #turns = new Turns();

  constructor(options: DownloadsOptions) {
    this.#options = options;
  }

  /**
   * The body of a response. Its first piece is produced before this resolves, so that an early failure still becomes an error response.
   * @throws ProblemError 429 `too_many_downloads`
   */
  async start(identity: Identity, address: string, pieces: AsyncGenerator<string | Uint8Array>): Promise<ReadableStream<Uint8Array>> {
    const release = this.#take([`address ${addressKey(address)}`, ...(identity.anonymous ? [] : [`token ${identity.id}`])]);
    const end = async (): Promise<void> => {
      release();
      await pieces.return(undefined);
    };
    try {
      let next: IteratorResult<string | Uint8Array> | undefined = await this.#turns.take(() => pieces.next());
      return new ReadableStream<Uint8Array>(
        {
          pull: async (controller) => {
            try {
              let piece = next ?? (await this.#turns.take(() => pieces.next()));
              next = undefined;
              // An empty piece only yields to other downloads.
              while (piece.done !== true && piece.value.length === 0) piece = await this.#turns.take(() => pieces.next());
              if (piece.done === true) {
                release();
                controller.close();
                return;
              }
              controller.enqueue(typeof piece.value === 'string' ? Buffer.from(piece.value) : piece.value);
            } catch (error) {
              await end();
              throw error;
            }
          },
          cancel: end,
        },
        { highWaterMark: 0 },
      );
    } catch (error) {
      await end();
      throw error;
    }
  }

  #take(holders: readonly string[]): () => void {
    const { limit, onRefusal } = this.#options;
    if (holders.some((holder) => (this.#open.get(holder) ?? 0) >= limit)) {
      onRefusal?.('downloads');
      throw new ProblemError({
        status: 429,
        title: 'Too Many Requests',
        code: 'too_many_downloads',
        retryAfter: 5,
        detail: 'too many concurrent downloads of this token or address; wait for one to finish, or raise limits.downloads',
      });
    }
    for (const holder of holders) this.#open.set(holder, (this.#open.get(holder) ?? 0) + 1);
    let open = true;
    return () => {
      if (!open) return;
      open = false;
      for (const holder of holders) {
        const left = (this.#open.get(holder) ?? 1) - 1;
        if (left > 0) this.#open.set(holder, left);
        else this.#open.delete(holder);
      }
    };
  }
}
