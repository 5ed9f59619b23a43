import type { SeriesRow } from '../../pipeline/mod.js';
import { AtomicFile } from '../atomic-file.js';
import { seriesEncoder, type SeriesEncoder, type SeriesFormat } from './series-encoder.js';

/** Pieces that may wait for the disk before the analysis does. */
const MAX_WAITING = 4;

/** The per-frame series as a file, written while the analysis runs: memory does not grow with the recording. */
export class SeriesFile {
  readonly #file: AtomicFile;
  readonly #encoder: SeriesEncoder;
  #waiting = 0;
  #written: Promise<void> = Promise.resolve();

  private constructor(file: AtomicFile, encoder: SeriesEncoder) {
    this.#file = file;
    this.#encoder = encoder;
  }

  /** @throws {CliError} */
  static async open(path: string, format: SeriesFormat): Promise<SeriesFile> {
    return new SeriesFile(await AtomicFile.open(path), seriesEncoder(format));
  }

  add(row: SeriesRow): void {
    this.#encoder.add(row);
    const piece = this.#encoder.take();
    if (piece !== undefined) this.#write(piece);
  }

  /** Resolves when there is room for more rows. */
  async room(): Promise<void> {
    while (this.#waiting >= MAX_WAITING) await this.#written;
  }

  /** Puts the file under its name. @throws {CliError} where any of it could not be written */
  async commit(): Promise<void> {
    this.#write(this.#encoder.end());
    await this.#file.commit();
  }

  async discard(): Promise<void> {
    await this.#file.discard();
  }

  #write(piece: Uint8Array | string): void {
    if (piece.length === 0) return;
    this.#waiting++;
    this.#written = this.#file
      .write(piece)
      // `commit` reports it.
      .catch(() => undefined)
      .finally(() => {
        this.#waiting--;
      });
  }
}
