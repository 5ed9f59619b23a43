import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeSignals, type MotionSample } from '../../../../src/spotting/mod.js';
import type { RealClip } from '../people.js';
import type { Chain } from '../streams/chain.js';
import type { Streams } from '../streams/run-streams.js';
import { pointsAt, type FacePath } from '../track/face-path.js';
import type { InjectedTruth } from './injected-truth.js';

const CLIP_COLUMNS = ['clip', 'person', 'source', 'condition', 'fps', 'seconds', 'split', 'face_px'] as const;
const TRUTH_COLUMNS = ['clip', 'kind', 'onset', 'apex', 'offset', 'peak_px_200', 'aus', 'sides'] as const;
/** Edges of the face beside the ears: its width. */
const EDGES = [234, 454] as const;
const SIDES: Readonly<Record<string, string>> = { left: 'L', right: 'R', both: 'B' };

type Row = Readonly<Record<string, string>>;
interface Entry {
  readonly clip: Row;
  readonly truth: readonly Row[];
}

/**
 * Motion signals of real clips with and without injections, in ME-Inject's layout, for training/spotter/train.py:
 * `FOLDER/signals/SPLIT/NAME.FACE.signals`, `FOLDER/SPLIT/clips.csv` and `truth.csv`. Several runs may fill one folder (other seeds, other
 * conditions):
 * the tables list all that is there.
 */
export class SignalsExport {
  /** @param condition part of the names, so that conditions don't overwrite each other */
  constructor(
    private readonly folder: string,
    private readonly split: string,
    private readonly condition: string,
  ) {}

  /** Writes the untouched clip and each stream with injections. Clips that nothing may be trained on are left out. */
  async add(
    clip: RealClip,
    path: FacePath,
    streams: Streams,
    seeds: readonly number[],
    truths: readonly (readonly InjectedTruth[])[],
  ): Promise<void> {
    if (clip.use !== 'train') return;
    const stem = `${clip.name.replace(/\.\w+$/, '')}-${this.condition}`;
    await this.#write(`${stem}-plain`, clip, path, streams, streams.plain, []);
    for (const [i, stream] of streams.warped.entries())
      await this.#write(`${stem}-s${String(seeds[i])}`, clip, path, streams, stream, truths[i] ?? []);
    await this.#writeTables();
  }

  async #write(
    name: string,
    { person }: RealClip,
    path: FacePath,
    { frames, fps }: Streams,
    { samples }: Chain,
    truths: readonly InjectedTruth[],
  ): Promise<void> {
    const signals = join(this.folder, 'signals', this.split);
    await mkdir(signals, { recursive: true });
    await mkdir(this.#records, { recursive: true });
    for (const [face, of] of samples)
      await writeFile(join(signals, `${name}.${face}.signals`), encodeSignals({ clip: name, face, fps, samples: of.map(finite) }));
    const entry: Entry = {
      clip: {
        clip: name,
        person,
        source: 'real',
        condition: this.condition,
        fps: fps.toFixed(3),
        seconds: ((frames.at(-1)?.t ?? 0) + 1 / fps).toFixed(3),
        split: this.split,
        face_px: widthOf(path).toFixed(1),
      },
      truth: truths.map(({ onset, apex, offset, peak, aus }) => ({
        clip: name,
        kind: 'micro',
        onset: onset.toFixed(4),
        apex: apex.toFixed(4),
        offset: offset.toFixed(4),
        peak_px_200: peak.toFixed(3),
        aus: aus.map(({ au }) => String(au)).join('+'),
        sides: aus.map(({ side }) => SIDES[side] ?? 'B').join('+'),
      })),
    };
    await writeFile(join(this.#records, `${name}.json`), `${JSON.stringify(entry)}\n`);
  }

  get #records(): string {
    return join(this.folder, this.split, 'records');
  }

  async #writeTables(): Promise<void> {
    const files = (await readdir(this.#records)).filter((file) => file.endsWith('.json')).sort();
    const entries = await Promise.all(files.map(async (file) => JSON.parse(await readFile(join(this.#records, file), 'utf8')) as Entry));
    await writeFile(
      join(this.folder, this.split, 'clips.csv'),
      csv(
        CLIP_COLUMNS,
        entries.map(({ clip }) => clip),
      ),
    );
    await writeFile(
      join(this.folder, this.split, 'truth.csv'),
      csv(
        TRUTH_COLUMNS,
        entries.flatMap(({ truth }) => truth),
      ),
    );
  }
}

/**
 * What can't be measured is stored as nothing moved with a standard deviation of 1 px or more: a table of numbers for training has no
 * holes.
 */
function finite(sample: MotionSample): MotionSample {
  if (sample.motion.every(Number.isFinite) && sample.sigma.every(Number.isFinite)) return sample;
  return {
    ...sample,
    motion: sample.motion.map((value) => (Number.isFinite(value) ? value : 0)),
    sigma: sample.sigma.map((value) => (Number.isFinite(value) ? value : 100)),
  };
}

function widthOf(path: FacePath): number {
  const frame = Array.from(path.times, (_, i) => pointsAt(path, i)).find((points) => !Number.isNaN(points[0]));
  const [a, b] = EDGES;
  return frame ? Math.hypot(frame[2 * a]! - frame[2 * b]!, frame[2 * a + 1]! - frame[2 * b + 1]!) : 0;
}

function csv(columns: readonly string[], rows: readonly Row[]): string {
  return `${[columns.join(','), ...rows.map((row) => columns.map((name) => row[name] ?? '').join(','))].join('\n')}\n`;
}
