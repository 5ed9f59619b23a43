import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { BIDS_COLUMNS, exportAnnotations } from '../../../events/mod.js';
import { openFile } from '../../../ingest/mod.js';
import type { SeriesRow } from '../../../pipeline/mod.js';
import { headerOf, recordingOf } from '../../analysis-result.js';
import { hashFile, sessionIdOf } from '../../file-hash.js';
import { writeOutput } from '../../output-file.js';
import { resultNames, type OutputFormat } from '../../output-format.js';
import { runFile, type AnalysisKit, type FileRun } from '../run-file.js';
import type { SeriesFormat } from '../series-encoder.js';
import { SeriesFile } from '../series-file.js';
import type { BatchInput } from './inputs.js';
import { isSameWork, readSidecar, sidecarName, type Sidecar } from './sidecar.js';

export interface BatchSettings {
  readonly outDir: string;
  readonly format: OutputFormat;
  readonly seriesFormat: SeriesFormat;
  readonly fps: number | undefined;
  readonly textServers: readonly string[];
  readonly madeWith: Sidecar['made_with'];
  readonly stop: AbortSignal;
}

/** What became of a recording. */
export type Outcome =
  | { readonly state: 'done' | 'skipped'; readonly sidecar: Sidecar }
  | { readonly state: 'failed'; readonly reason: string; readonly sidecar?: Sidecar }
  | { readonly state: 'duplicate'; readonly of: string }
  | { readonly state: 'stopped' };

/**
 * Analyses a recording of a batch, unless that is done already. Its results appear whole; the sidecar is written last, so that whatever
 * breaks before it is done again.
 *
 * @param claim takes the content for this recording; the name of the one that has it already
 */
export async function analyzeOne(
  { path, stem }: BatchInput,
  kit: AnalysisKit,
  settings: BatchSettings,
  claim: (sha256: string) => string | undefined,
): Promise<Outcome> {
  const { outDir, format, seriesFormat, fps, madeWith, stop } = settings;
  const isStopped = (): boolean => stop.aborted;
  const content = await hashFile(path);
  const twin = claim(content.sha256);
  if (twin !== undefined) return { state: 'duplicate', of: twin };
  const { result, description } = resultNames(stem, format);
  const seriesName = `${stem}.series.${seriesFormat}`;
  const outputs = [result, ...(description === undefined ? [] : [description]), seriesName];
  const sidecarPath = join(outDir, sidecarName(stem));
  const before = await readSidecar(sidecarPath);
  const work = { sha256: content.sha256, outputs, made_with: madeWith, ...(fps === undefined ? {} : { fps }) };
  if (before && isSameWork(before, work) && (await allThere(outDir, outputs))) return { state: 'skipped', sidecar: before };
  if (isStopped()) return { state: 'stopped' };

  const source = await openFile(path, fps === undefined ? {} : { fps });
  const series = new MeasuredSeries(await SeriesFile.open(join(outDir, seriesName), seriesFormat));
  let run: FileRun;
  try {
    run = await runFile(source, kit, { name: basename(path), id: sessionIdOf(content), series, stop });
  } catch (error) {
    await series.file.discard();
    throw error;
  }
  if (isStopped()) {
    await series.file.discard();
    return { state: 'stopped' };
  }
  const { annotations, stats, failure } = run;
  const analysed = {
    video: path,
    content,
    source,
    fps,
    stats,
    annotations,
    textServers: settings.textServers,
    complete: failure === undefined,
  };
  const header = headerOf(analysed);
  const out = join(outDir, result);
  await writeOutput(out, exportAnnotations(format, annotations, { recording: recordingOf(path, out, source, fps), header }));
  if (description !== undefined) await writeOutput(join(outDir, description), `${JSON.stringify(BIDS_COLUMNS, undefined, 2)}\n`);
  await series.file.commit();
  const sidecar: Sidecar = {
    ...header,
    warnings: [...header.warnings],
    path,
    outputs,
    made_with: madeWith,
    summary: summaryOf(run, series.quality),
  };
  await writeOutput(sidecarPath, `${JSON.stringify(sidecar, undefined, 2)}\n`);
  return failure === undefined ? { state: 'done', sidecar } : { state: 'failed', reason: failure, sidecar };
}

function summaryOf({ stats, annotations }: FileRun, quality: number): Sidecar['summary'] {
  const count = (kind: string): number => annotations.filter((annotation) => annotation.kind === kind).length;
  const coverage = stats.analyzed === 0 ? null : rounded(stats.withFace / stats.analyzed);
  const minutes = ((coverage ?? 0) * stats.lastT) / 60;
  const perMinute = (kind: string): number | null => (minutes > 0 ? rounded(count(kind) / minutes) : null);
  return {
    micro: count('micro'),
    macro: count('macro'),
    micro_per_minute: perMinute('micro'),
    macro_per_minute: perMinute('macro'),
    coverage,
    quality: Number.isFinite(quality) ? rounded(quality) : null,
    faults_s: Object.fromEntries([...stats.blocked].map(([fault, seconds]) => [fault, rounded(seconds)])),
  };
}

/** The series of a recording on its way to the file, with the mean quality of its faces. */
class MeasuredSeries {
  readonly file: SeriesFile;
  #sum = 0;
  #rows = 0;

  constructor(file: SeriesFile) {
    this.file = file;
  }

  /** NaN where there was no face. */
  get quality(): number {
    return this.#sum / this.#rows;
  }

  add(row: SeriesRow): void {
    this.file.add(row);
    if (!row.face) return;
    this.#sum += row.face.quality;
    this.#rows++;
  }

  room(): Promise<void> {
    return this.file.room();
  }
}

async function allThere(folder: string, names: readonly string[]): Promise<boolean> {
  const found = await Promise.all(names.map((name) => stat(join(folder, name)).catch(() => undefined)));
  return found.every((one) => one?.isFile());
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
