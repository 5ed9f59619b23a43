import { SERIES_CSV_HEADER, seriesCsvRow, type SeriesRow } from '../../pipeline/mod.js';
import { AtomicFile } from '../atomic-file.js';

/** Characters that are written at once. */
const CHUNK = 65_536;
/** Chunks that may wait for the disk before the analysis does. */
const MAX_WAITING = 4;

/** The per-frame series as a CSV file, written while the analysis runs: memory does not grow with the recording. */
export class SeriesFile {
  readonly #file: AtomicFile;
  #text = SERIES_CSV_HEADER;
  #waiting = 0;
  #written: Promise<void> = Promise.resolve();

  private constructor(file: AtomicFile) {
    this.#file = file;
  }

  /** @throws {CliError} */
  static async open(path: string): Promise<SeriesFile> {
    return new SeriesFile(await AtomicFile.open(path));
  }

  add(row: SeriesRow): void {
    this.#text += seriesCsvRow(row);
    if (this.#text.length >= CHUNK) this.#write();
  }

  /** Resolves when there is room for more rows. */
  async room(): Promise<void> {
    while (this.#waiting >= MAX_WAITING) await this.#written;
  }

  /** Puts the file under its name. @throws {CliError} where any of it could not be written */
  async commit(): Promise<void> {
    this.#write();
    await this.#file.commit();
  }

  async discard(): Promise<void> {
    await this.#file.discard();
  }

  #write(): void {
    if (this.#text === '') return;
    const text = this.#text;
    this.#text = '';
    this.#waiting++;
    this.#written = this.#file
      .write(text)
      // `commit` reports it.
      .catch(() => undefined)
      .finally(() => {
        this.#waiting--;
      });
  }
}
