import type { ImageName } from './store.js';

interface Entry {
  readonly session: string;
  readonly files: Map<ImageName, Uint8Array>;
  bytes: number;
}

/** PNG images in memory, in all at most so many bytes: the oldest annotation's go first. */
export class ImageCache {
  readonly #entries = new Map<string, Entry>();
  readonly #most: number;
  #bytes = 0;

  /** @param most bytes kept in all. 16 MiB are about a hundred alerts */
  constructor(most = 16 * 2 ** 20) {
    this.#most = most;
  }

  /** Bytes held now. */
  get bytes(): number {
    return this.#bytes;
  }

  get(annotation: string, name: ImageName): Uint8Array | undefined {
    return this.#entries.get(annotation)?.files.get(name);
  }

  add(session: string, annotation: string, name: ImageName, png: Uint8Array): void {
    let entry = this.#entries.get(annotation);
    if (!entry) this.#entries.set(annotation, (entry = { session, files: new Map(), bytes: 0 }));
    const added = png.byteLength - (entry.files.get(name)?.byteLength ?? 0);
    entry.files.set(name, png);
    entry.bytes += added;
    this.#bytes += added;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#most || oldest === annotation) break;
      this.#drop(oldest);
    }
  }

  /** Drops all of a session. */
  erase(session: string): void {
    for (const [annotation, entry] of this.#entries) if (entry.session === session) this.#drop(annotation);
  }

  #drop(annotation: string): void {
    this.#bytes -= this.#entries.get(annotation)?.bytes ?? 0;
    this.#entries.delete(annotation);
  }
}
