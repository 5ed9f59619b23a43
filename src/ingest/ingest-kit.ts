import type { CarrierKind, WorkerClient } from '../runtime/threads/mod.js';
import type { EndReason } from './contract.js';
import type { IngestHandlers, IngestWorkerData } from './live-protocol.js';
import { LiveSource, type LiveFeed } from './live-source.js';

/** What the workers of a pool are, and the source at this end of a session. */
export interface IngestKit<H extends IngestHandlers, S extends LiveSource> {
  /** First part of the workers' names. */
  readonly name: string;
  /** What a worker is called in messages to publishers. */
  readonly noun: string;
  readonly carrier: CarrierKind;
  readonly url: URL;
  /** What a worker is started with. */
  readonly data: (ingest: IngestWorkerData) => unknown;
  /** Environment of a process. Default ours. */
  readonly env?: NodeJS.ProcessEnv;
  /** Node's own flags of a process. Default none. */
  readonly flags?: readonly string[];
  /** Why sessions end when their worker is lost. */
  readonly lost: EndReason;
  /** Sessions that every worker carries before another is started; absent: all are started at once. */
  readonly growAt?: number;
  /** Milliseconds for which a publisher waits for another worker while all that are ready have `growAt` sessions. Default 1200. */
  readonly growWaitMs?: number;
  /** This end of a session, which the worker knows by `id`. */
  readonly source: (feed: LiveFeed, worker: WorkerClient<H>, id: number) => S;
  /** Takes events that belong to no session. */
  readonly onWorkerEvent?: (worker: string, event: string, args: readonly unknown[]) => void;
  /** A worker was lost or closed. */
  readonly onWorkerGone?: (worker: string) => void;
}

/** Threads that receive and decode; frames come to this one as transferred buffers. */
export const THREADS: IngestKit<IngestHandlers, LiveSource> = {
  name: 'ingest',
  noun: 'receiving thread',
  carrier: 'thread',
  url: new URL('./ingest.worker.ts', import.meta.url),
  data: (ingest) => ingest,
  lost: 'failed',
  source: (feed) => new LiveSource(feed),
};
