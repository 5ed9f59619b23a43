import { readFileSync } from 'node:fs';
import type { RegionMotion } from '../../events/schema.js';
import { LlmError } from '../llm-error.js';

/** The word-level vocabulary of training/mellm/tokenizer.py. */
export class Tokenizer {
  readonly pieces: readonly string[];
  readonly #ids: ReadonlyMap<string, number>;

  constructor(pieces: readonly string[]) {
    this.pieces = pieces;
    this.#ids = new Map(pieces.map((piece, i) => [piece, i]));
  }

  /** @throws LlmError `llm_model_damaged`. */
  static read(path: string): Tokenizer {
    const value = JSON.parse(readFileSync(path, 'utf8')) as { pieces?: unknown };
    if (!Array.isArray(value.pieces) || !value.pieces.every((piece) => typeof piece === 'string'))
      throw new LlmError('llm_model_damaged', `${path} contains no vocabulary`);
    return new Tokenizer(value.pieces);
  }

  /** @throws LlmError `llm_model_damaged` where the vocabulary lacks the token. */
  id(piece: string): number {
    const id = this.#ids.get(piece);
    if (id === undefined) throw new LlmError('llm_model_damaged', `the vocabulary lacks ${piece}: tokenizer.json belongs to another model`);
    return id;
  }

  ids(pieces: readonly string[]): number[] {
    return pieces.map((piece) => this.id(piece));
  }
}

/**
 * Turns the model's tokens into text. `{Region Name}` gives the name; `{mag}` and `{dir}` give the values of the region named last:
 * values are filled in from the table, never written by the model. A value that comes before any region is that of the region
 * that moves most ("at most 0.31 px in ..."), and so is the name after it.
 */
export class TextWriter {
  readonly #rois: ReadonlyMap<string, RegionMotion>;
  readonly #most: RegionMotion | undefined;
  #region: RegionMotion | undefined;
  #owed: RegionMotion | undefined;

  constructor(rois: readonly RegionMotion[]) {
    this.#rois = new Map(rois.map((region) => [region.region, region]));
    this.#most = rois.reduce<RegionMotion | undefined>(
      (most, region) => (most && most.mean_magnitude >= region.mean_magnitude ? most : region),
      undefined,
    );
  }

  write(piece: string): string {
    const match = /^( ?)\{([^}]+)\}$/.exec(piece);
    if (!match) return piece;
    const [, blank = '', name = ''] = match;
    if (name === 'mag' && !this.#region) this.#region = this.#owed = this.#most;
    if (name === 'mag') return blank + (this.#region?.mean_magnitude ?? 0).toFixed(2);
    if (name === 'dir')
      return blank + (this.#region === undefined || this.#region.angle_deg === null ? 'in no clear direction' : this.#region.direction);
    this.#region = this.#owed ?? this.#rois.get(name);
    const said = this.#owed?.region ?? name;
    this.#owed = undefined;
    return blank + said;
  }
}
