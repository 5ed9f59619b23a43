import { IngestPool, type IngestKit, type IngestOptions } from '../../ingest/mod.js';
import { AnalyzedSource } from './analyzed-source.js';
import type { MediaHandlers, MediaProcessData, ProcessUsage } from './media-protocol.js';

export type MediaPool = IngestPool<MediaHandlers, AnalyzedSource>;

export interface MediaPoolOptions extends Omit<IngestOptions, 'workers'> {
  /** Processes at most, fewer where the range of UDP ports is too small; one is started, the others as sessions come. */
  readonly processes: number;
  /** Faces followed in one session. */
  readonly maxFaces: number;
  /** Whether the spotter's network runs on every face. */
  readonly learned: boolean;
  /** Folder of the converted face models. Default: the package's cache. */
  readonly cacheDir?: string;
  /** What a process has used so far, once a second; undefined when it is gone. */
  readonly onUsage?: (name: string, usage: ProcessUsage | undefined) => void;
}

/** Sessions on every process before another is started: about what a core carries with room to spare. */
const GROW_AT = 2;
/** UDP ports that a process needs at least for the sessions before that: one for each, two where IPv6 is used. */
const PORTS = 2 * GROW_AT;
/** Frames of a session that may wait for their analysis. */
const QUEUE = 4;

/** What is allocated here is short-lived and small, or used again: little room saves tens of megabytes of a process. */
const SMALL = { env: { MALLOC_ARENA_MAX: '2' }, flags: ['--max-semi-space-size=4'] };

/** Variables that a media process gets: it reads what strangers send, and needs no keys and tokens. */
const PASSED_ON = /^(PATH|HOME|USER|LANG|LC_.*|TZ|TMPDIR|XDG_.*|LD_LIBRARY_PATH|DYLD_.*|NODE_ENV|NODE_V8_COVERAGE|ORT_.*|MELLM_CACHE|SYSTEMROOT|TEMP|TMP)$/i;

/**
 * Processes that receive, decode, track and measure live video, so that a crash of native code ends the sessions of one of them and
 * nothing else.
 */
export function startMediaPool({ processes, maxFaces, learned, cacheDir, onUsage, ...options }: MediaPoolOptions): Promise<MediaPool> {
  const kit: IngestKit<MediaHandlers, AnalyzedSource> = {
    name: 'media', noun: 'media process', carrier: 'process', url: new URL('./media.worker.ts', import.meta.url),
    data: (ingest) => ({ ingest, vision: { cacheDir, learned }, maxFaces, queue: QUEUE } satisfies MediaProcessData),
    env: { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => PASSED_ON.test(name))), ...SMALL.env },
    flags: SMALL.flags,
    lost: 'media_process_died', growAt: GROW_AT,
    source: (feed, worker, id) => new AnalyzedSource(feed, worker, id),
    onWorkerEvent: (name, event, args) => { if (event === 'usage') onUsage?.(name, args[0] as ProcessUsage); },
    onWorkerGone: (name) => { onUsage?.(name, undefined); },
  };
  const [first = 0, last = Infinity] = options.ice?.portRange ?? [];
  return IngestPool.startWith(kit, { ...options, workers: Math.max(1, Math.min(processes, Math.floor((last - first + 1) / PORTS))) });
}
