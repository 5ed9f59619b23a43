import type { SeriesBlock } from '../../store/mod.js';
import type { SeriesRow, SeriesSink } from './series-row.js';
import { encodeBlock, LONGEST_BLOCK_S } from './series-block.js';
import { pointOf, type SeriesPoint } from './series-curves.js';

/** Seconds of a block, and its rows at most. */
const BLOCK_S = 10;
const BLOCK_ROWS = 1000;

/** Packs the rows of a session into blocks of ten seconds, face by face. */
export class SeriesRecorder implements SeriesSink {
  readonly #emit: (block: SeriesBlock) => void;
  readonly #faces = new Map<string, SeriesPoint[]>();

  constructor(emit: (block: SeriesBlock) => void) {
    this.#emit = emit;
  }

  add(row: SeriesRow): void {
    for (const [face, points] of this.#faces) if (isFull(points, row.t)) this.#flush(face, points);
    const point = pointOf(row);
    if (!point || !row.face) return;
    const points = this.#faces.get(row.face.id);
    if (points) points.push(point);
    else this.#faces.set(row.face.id, [point]);
  }

  /** The session has ended. */
  end(): void {
    for (const [face, points] of this.#faces) this.#flush(face, points);
  }

  #flush(face: string, points: readonly SeriesPoint[]): void {
    const [first, last] = [points[0], points.at(-1)];
    this.#faces.delete(face);
    if (first && last) this.#emit({ face, from: Math.round(first.t * 1000), until: Math.round(last.t * 1000), data: encodeBlock(points) });
  }
}

function isFull(points: readonly SeriesPoint[], t: number): boolean {
  const first = points[0]?.t ?? t;
  return points.length >= BLOCK_ROWS || t - first >= BLOCK_S || t < first || t - first > LONGEST_BLOCK_S;
}
