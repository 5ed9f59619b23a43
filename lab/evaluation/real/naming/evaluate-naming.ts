import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Frame } from '../../../../src/ingest/contract.js';
import type { Describer } from '../../../../src/llm/mod.js';
import { readClip } from '../../clips/clip-source.js';
import { PicturePairs } from '../../recognition/picture-pairs.js';
import { writeFramePng } from './frame-png.js';
import { labelledMoments, type Moment } from './labelled-clips.js';
import { namingReport, type Named, type NamingReport } from './naming-report.js';

const DESCRIBE_TIMEOUT_MS = 60_000;

export interface NamingOptions {
  readonly root: string;
  readonly limit?: number;
  /** Null windows between the labelled moments too. */
  readonly windows: boolean;
  readonly onMoment?: (done: number, total: number) => void;
}

export interface NamingEvaluation extends NamingReport {
  readonly moments: readonly {
    readonly clip: string;
    readonly kind: string;
    readonly what: string;
    readonly onset: number;
    readonly shown: readonly number[];
    readonly named: readonly number[];
    readonly category?: string;
    readonly label?: string;
    readonly fault?: string;
  }[];
}

/** What `describe` says of the last neutral frame and the frame half way up to the peak of labelled real expressions. */
export async function evaluateNaming(
  describer: Describer,
  { root, limit = Infinity, windows, onMoment }: NamingOptions,
): Promise<NamingEvaluation> {
  const moments = (await labelledMoments(root)).filter(({ kind }) => windows || kind !== 'window').slice(0, limit);
  const pairs = await PicturePairs.start();
  const folder = await mkdtemp(join(tmpdir(), 'mellm-naming-'));
  const named: Named[] = [];
  try {
    for (const moment of moments) {
      named.push(await nameOne(describer, pairs, moment, folder));
      onMoment?.(named.length, moments.length);
    }
  } finally {
    await pairs.close();
    await rm(folder, { recursive: true, force: true });
  }
  return {
    ...namingReport(named),
    moments: named.map(({ moment: { clip, kind, what, onset, aus: shown, category }, aus, label, fault }) => ({
      clip,
      kind,
      what,
      onset,
      shown,
      named: aus,
      ...(category ? { category } : {}),
      ...(label === undefined ? {} : { label }),
      ...(fault === undefined ? {} : { fault }),
    })),
  };
}

async function nameOne(describer: Describer, pairs: PicturePairs, moment: Moment, folder: string): Promise<Named> {
  try {
    const paths = await picturesOf(moment, folder);
    const report = await pairs.measure({ id: moment.clip, source: { kind: 'images', paths, fps: 1 } }, 0, 1);
    const { aus, emotion } = await describer.describe(report, () => undefined, AbortSignal.timeout(DESCRIBE_TIMEOUT_MS));
    return { moment, aus: aus.map(({ au }) => Number(au.slice(2))), ...(emotion ? { label: emotion.label } : {}) };
  } catch (error) {
    return { moment, aus: [], fault: error instanceof Error ? error.message : String(error) };
  }
}

/** Writes the last frame up to the onset, and the frame nearest to the apex. */
async function picturesOf({ path, onset, apex }: Moment, folder: string): Promise<string[]> {
  let first: Frame | undefined, second: Frame | undefined;
  await readClip({ kind: 'video', path }, (frame) => {
    if (!first || frame.t <= onset + 1e-3) first = frame;
    if (!second || Math.abs(frame.t - apex) < Math.abs(second.t - apex)) second = frame;
  });
  const paths = ['onset', 'apex'].map((name) => join(folder, `${name}.png`));
  for (const [i, frame] of [first, second].entries()) if (frame) await writeFramePng(frame, paths[i]!);
  return paths;
}
