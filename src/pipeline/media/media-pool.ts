import { IngestPool, type IngestKit, type IngestOptions } from '../../ingest/mod.js';
import { AnalyzedSource } from './analyzed-source.js';
import { mediaEnv, V8_FLAGS } from './media-env.js';
import type { MediaHandlers, MediaProcessData, ProcessUsage } from './media-protocol.js';

export type MediaPool = IngestPool<MediaHandlers, AnalyzedSource>;

export interface MediaPoolOptions extends Omit<IngestOptions, 'workers'> {
  /** Processes at most, fewer where the range of UDP ports is too small; one is started, the others as sessions come. */
  readonly processes: number;
  /** Faces followed in one session. */
  readonly maxFaces: number;
  /** Whether the spotter's network runs on every face. */
  readonly learned: boolean;
  /** What a process has used so far, once a second; undefined when it is gone. */
  readonly onUsage?: (name: string, usage: ProcessUsage | undefined) => void;
}

/** Sessions on every process before another is started: about what a core carries with room to spare. */
const GROW_AT = 2;
/** UDP ports that a process needs at least for the sessions before that: one for each, two where IPv6 is used. */
const PORTS = 2 * GROW_AT;
/** Frames of a session that may wait for their analysis. */
const QUEUE = 4;

/**
 * Processes that receive, decode, track and measure live video, so that a crash of native code ends the sessions of one of them and
 * nothing else.
 */
export function startMediaPool({ processes, maxFaces, learned, onUsage, ...options }: MediaPoolOptions): Promise<MediaPool> {
  const kit: IngestKit<MediaHandlers, AnalyzedSource> = {
    name: 'media',
    noun: 'media process',
    carrier: 'process',
    url: new URL('./media.worker.ts', import.meta.url),
    data: (ingest) => ({ ingest, vision: { learned }, maxFaces, queue: QUEUE }) satisfies MediaProcessData,
    env: mediaEnv(),
    flags: [...V8_FLAGS],
    lost: 'media_process_died',
    growAt: GROW_AT,
    source: (feed, worker, id) => new AnalyzedSource(feed, worker, id),
    onWorkerEvent: (name, event, args) => {
      if (event === 'usage') onUsage?.(name, args[0] as ProcessUsage);
    },
    onWorkerGone: (name) => {
      onUsage?.(name, undefined);
    },
  };
  const [first = 0, last = Infinity] = options.ice?.portRange ?? [];
  return IngestPool.startWith(kit, { ...options, workers: Math.max(1, Math.min(processes, Math.floor((last - first + 1) / PORTS))) });
}
