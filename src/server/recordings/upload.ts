import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { ProblemError } from '../http/problem.js';

/**
 * A file that arrives piece by piece, readable by its owner only. One request writes at a time: a later one takes over from a connection
 * that hangs.
 */
export class Upload {
  readonly path: string;
  readonly size: number;
  readonly #file: FileHandle;
  readonly #sha256: string | undefined;
  readonly #hash: Hash | undefined;
  #offset = 0;
  #closed = false;
  #writing: { readonly stop: AbortController; readonly done: Promise<void> } | undefined;

  private constructor(path: string, size: number, sha256: string | undefined, file: FileHandle) {
    this.path = path;
    this.size = size;
    this.#sha256 = sha256;
    this.#hash = sha256 === undefined ? undefined : createHash('sha256');
    this.#file = file;
  }

  static async create(path: string, { size, sha256 }: { readonly size: number; readonly sha256?: string | undefined }): Promise<Upload> {
    return new Upload(path, size, sha256, await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600));
  }

  /** Bytes that have arrived. */
  get offset(): number {
    return this.#offset;
  }

  get complete(): boolean {
    return this.#offset === this.size;
  }

  /** Whether a request is bringing bytes; one that stalls is ended by `limits.request_timeout_ms`. */
  get writing(): boolean {
    return this.#writing !== undefined;
  }

  /** Ends a request that still writes, e.g. over a connection that broke without a word; what it has brought stays. */
  async takeOver(): Promise<void> {
    const writing = this.#writing;
    writing?.stop.abort();
    await writing?.done;
  }

  /**
   * Appends what a request brings, from `offset` on. What came before a connection broke stays.
   *
   * @throws ProblemError 409 on a wrong offset, 413 beyond the announced size, 422 where the hash differs, 507 where the disk is full, 400
   * where the body broke off
   */
  async append(offset: number, body: ReadableStream<Uint8Array> | null): Promise<void> {
    // Of several that come at once, the last one writes.
    while (this.#writing) await this.takeOver();
    if (this.#closed) throw gone();
    if (offset !== this.#offset) {
      throw new ProblemError({
        status: 409,
        title: 'Conflict',
        code: 'wrong_offset',
        detail: `the upload is at byte ${String(this.#offset)}, not ${String(offset)}; continue from there`,
        headers: { 'upload-offset': String(this.#offset) },
      });
    }
    const stop = new AbortController();
    let done: () => void = () => undefined;
    const writing = {
      stop,
      done: new Promise<void>((resolve) => {
        done = resolve;
      }),
    };
    this.#writing = writing;
    try {
      await this.#take(body, stop.signal);
    } finally {
      if (this.#writing === writing) this.#writing = undefined;
      done();
    }
    if (!this.complete) return;
    await this.#close();
    if (this.#hash && this.#hash.digest('hex') !== this.#sha256) {
      throw new ProblemError({
        status: 422,
        title: 'Unprocessable Content',
        code: 'checksum_mismatch',
        detail: 'the uploaded file does not match the announced SHA-256; upload it again',
      });
    }
  }

  /** Deletes the file. */
  async discard(): Promise<void> {
    while (this.#writing) await this.takeOver();
    await this.#close();
    await rm(this.path, { force: true });
  }

  async #take(body: ReadableStream<Uint8Array> | null, signal: AbortSignal): Promise<void> {
    const reader = body?.getReader();
    if (!reader) return;
    const cancel = (): void => {
      void reader.cancel().catch(() => undefined);
    };
    signal.addEventListener('abort', cancel, { once: true });
    try {
      for (;;) {
        const { done, value } = await reader.read().catch((cause: unknown) => {
          throw new ProblemError(
            { status: 400, title: 'Bad Request', code: 'aborted', detail: 'the body is incomplete; the bytes received so far are stored' },
            cause,
          );
        });
        if (signal.aborted)
          throw new ProblemError({
            status: 409,
            title: 'Conflict',
            code: 'upload_taken_over',
            detail: 'another request took over this upload',
          });
        if (done) return;
        if (value.byteLength > this.size - this.#offset) throw tooLarge(this.size);
        await this.#write(value);
      }
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.byteLength;)
        at += (await this.#file.write(bytes, at, bytes.byteLength - at, this.#offset + at)).bytesWritten;
    } catch (cause) {
      const full = ['ENOSPC', 'EDQUOT', 'EFBIG'].includes((cause as NodeJS.ErrnoException).code ?? '');
      throw full ? diskFull(cause) : cause;
    }
    this.#hash?.update(bytes);
    this.#offset += bytes.byteLength;
  }

  async #close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#file.close();
  }
}

export const tooLarge = (most: number): ProblemError =>
  new ProblemError({
    status: 413,
    title: 'Content Too Large',
    code: 'too_large',
    detail: `the recording exceeds ${String(most)} bytes`,
  });

export const diskFull = (cause?: unknown): ProblemError =>
  new ProblemError(
    {
      status: 507,
      title: 'Insufficient Storage',
      code: 'recordings_disk_full',
      retryAfter: 60,
      detail: 'not enough space for this recording; try again once others are analysed, or raise recordings.quota_bytes',
    },
    cause,
  );

const gone = (): ProblemError =>
  new ProblemError({
    status: 409,
    title: 'Conflict',
    code: 'upload_complete',
    detail: 'this upload is complete or cancelled; it accepts no more bytes',
  });
