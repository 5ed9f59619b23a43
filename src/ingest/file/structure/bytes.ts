import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** A file read at places, for those who walk through a container by its sizes. */
export class FileBytes {
  readonly size: number;
  readonly #fd: number;
  readonly #buffer = Buffer.alloc(64);

  constructor(path: string) {
    this.#fd = openSync(path, 'r');
    this.size = fstatSync(this.#fd).size;
  }

  /** Up to 64 bytes at a place, fewer at the file's end; valid until the next call. */
  at(position: number, length: number): Buffer {
    return this.#buffer.subarray(0, readSync(this.#fd, this.#buffer, 0, length, position));
  }

  close(): void {
    closeSync(this.#fd);
  }
}
