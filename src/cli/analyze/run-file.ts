import { InProcessBus } from '../../events/bus/mod.js';
import type { Annotation } from '../../events/mod.js';
import type { FileSource } from '../../ingest/mod.js';
import { runSession, type Analysis, type SeriesRow, type SessionStats } from '../../pipeline/mod.js';
import type { MemoryStore } from '../../store/mod.js';
import type { Logger, Metrics } from '../../telemetry/mod.js';

/** Milliseconds after a stop within which unfinished alerts can close. */
const DRAIN_TIMEOUT_MS = 5000;

/** What the files of one command share. */
export interface AnalysisKit {
  readonly models: Analysis;
  readonly metrics: Metrics;
  readonly store: MemoryStore;
  readonly log: Logger;
}

export interface RunFileOptions {
  readonly name: string;
  /** Of the session; ids of annotations begin with it. */
  readonly id: string;
  /** Takes annotations as they close; where it rejects, the analysis stops and rejects likewise. */
  readonly onAnnotation?: ((annotation: Annotation) => Promise<void>) | undefined;
  readonly series?: { add(row: SeriesRow): void; room(): Promise<void> } | undefined;
  /** Told of the media seconds analysed so far and the annotations found. */
  readonly onProgress?: ((t: number, found: number) => void) | undefined;
  /** Ends the analysis early; what was found so far is returned. */
  readonly stop: AbortSignal;
}

/** What came of a file. */
export interface FileRun {
  /** By onset; withdrawn ones are left out. */
  readonly annotations: readonly Annotation[];
  readonly stats: SessionStats;
  /** Of wall-clock time. */
  readonly seconds: number;
  readonly failure: string | undefined;
}

/** Runs the pipeline over a recorded file. */
export async function runFile(source: FileSource, kit: AnalysisKit, options: RunFileOptions): Promise<FileRun> {
  const { id, name, series, onProgress, onAnnotation, stop } = options;
  const annotations: Annotation[] = [];
  let failure: string | undefined;
  let refused: unknown;
  const bus = new InProcessBus({ keep: 1 });
  kit.store.begin({ id, name });
  const began = performance.now();
  bus.subscribe(id, (event) => {
    if (event.type === 'track' || event.type === 'stats') onProgress?.(event.t, annotations.length);
    else if (event.type === 'annotation.closed') found(event.annotation);
    else if (event.type === 'error' && event.code.startsWith('source_')) failure = event.message;
    else if (event.type === 'session.ended' && event.reason !== 'ended' && !stop.aborted)
      failure ??= `the analysis is incomplete (${event.reason})`;
  });
  const session = runSession(source, { id, name, spotting: kit.models.spotting }, servicesOf(kit, bus, series));
  function found(annotation: Annotation): void {
    if (annotation.withdrawn !== undefined) return;
    annotations.push(annotation);
    onAnnotation?.(annotation).catch((error: unknown) => {
      // Its results can no longer be written.
      refused ??= error;
      session.close('shutdown');
      session.abort();
    });
  }
  const end = (): void => {
    session.close('shutdown');
    setTimeout(() => {
      session.abort();
    }, DRAIN_TIMEOUT_MS).unref();
  };
  if (stop.aborted) end();
  stop.addEventListener('abort', end, { once: true });
  await session.ended;
  stop.removeEventListener('abort', end);
  if (refused !== undefined) throw refused as Error;
  if (session.stats.failed > 0) failure ??= `${String(session.stats.failed)} frames could not be analysed`;
  const seconds = (performance.now() - began) / 1000;
  return { annotations: annotations.sort((a, b) => a.onset - b.onset), stats: session.stats, seconds, failure };
}

function servicesOf({ models, metrics, log }: AnalysisKit, bus: InProcessBus, series: RunFileOptions['series']) {
  return {
    ...models.stages,
    metrics,
    publish: (draft: Parameters<InProcessBus['publish']>[0]) => {
      bus.publish(draft);
    },
    ...(series ? { series, room: () => series.room() } : {}),
    onFailure: (_session: string, stage: string, error: unknown) => {
      log.warn({ stage, err: error }, 'stage failed');
    },
  };
}
