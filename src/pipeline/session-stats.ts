import { quantileOfSorted } from '../common/quantile.js';
import { nearestByTime } from '../common/nearest-by-time.js';
import type { Totals, Unread } from '../events/schema.js';
import type { SourceCounters } from '../ingest/contract.js';
import type { Metrics } from '../telemetry/mod.js';
import { UnreadRegions } from './unread-regions.js';
import { WallClock } from './wall-clock.js';
import type { BlockReason } from './quality-gate.js';

/** How far in media time a frame may lie from the moment that is asked for. */
const LARGEST_GAP_S = 0.25;

/** Frames whose arrival is remembered, to tell how late an alert is: 10 s at 60 fps. */
const REMEMBERED = 600;

/** What a session counts: for `stats`, for its totals and for the metrics. */
export class SessionStats {
  received = 0;
  analyzed = 0;
  dropped = 0;
  /** Frames in which a face was followed. */
  withFace = 0;
  /** Frames that the vision thread failed on. */
  failed = 0;
  decodedFrames = 0;
  micro = 0;
  macro = 0;
  codec = 'unknown';
  /** Media seconds during which a face was in view but could not be spotted on, by the worst fault. */
  readonly blocked = new Map<BlockReason, number>();
  readonly unread = new UnreadRegions();
  /** Media time and the server's clock; of no meaning for a recording. */
  readonly clock = new WallClock();
  /** Media seconds of the last frame analysed. */
  lastT = 0;
  readonly #metrics: Metrics;
  #counters: SourceCounters = { framesReceived: 0, framesDecoded: 0, framesDropped: 0, packetsLost: 0, keyframeRequests: 0 };
  #arrivals: { t: number; at: number }[] = [];
  #latencies: number[] = [];
  #receivedBefore = 0;
  #analyzedBefore = 0;
  #faces = 0;
  #countedAt = performance.now();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  /** Everything so far, as `session.ended` tells it. */
  totals(): Totals {
    this.#countUnread();
    return {
      duration: this.lastT,
      frames_received: Math.max(this.received, this.decodedFrames),
      frames_analyzed: this.analyzed,
      frames_dropped: this.dropped,
      annotations: { micro: this.micro, macro: this.macro },
      unread: this.unread.totals(),
    };
  }

  /** Adds what the source counted since it last told. */
  source(now: Readonly<SourceCounters>): void {
    const before = this.#counters;
    this.#metrics.framesReceived.inc(Math.max(0, now.framesReceived - before.framesReceived));
    this.#metrics.packetsLost.inc(Math.max(0, now.packetsLost - before.packetsLost));
    this.#metrics.keyframeRequests.inc(Math.max(0, now.keyframeRequests - before.keyframeRequests));
    const lost = Math.max(0, now.framesDropped - before.framesDropped);
    if (lost > 0) this.drop('decode', 'lost', lost);
    this.received = Math.max(this.received, now.framesReceived);
    this.#counters = { ...now };
  }

  decoded(ms: number): void {
    this.#metrics.framesDecoded.inc({ codec: this.codec });
    this.#metrics.stage('decode', ms);
    this.decodedFrames++;
  }

  drop(stage: string, reason: string, count = 1): void {
    this.dropped += count;
    if (reason === 'failed') this.failed += count;
    this.#metrics.framesDropped.inc({ stage, reason }, count);
  }

  frameDone(t: number, receivedAt: number): void {
    this.analyzed++;
    this.lastT = Math.max(this.lastT, t);
    this.clock.observe(t, receivedAt);
    this.#arrivals.push({ t, at: receivedAt });
    if (this.#arrivals.length > 2 * REMEMBERED) this.#arrivals = this.#arrivals.slice(-REMEMBERED);
  }

  /** Faces tracked in the last frame; 0 when the session ends. */
  facesNow(count: number): void {
    if (count > 0) this.withFace++;
    if (count !== this.#faces) this.#metrics.facesTracked.inc(count - this.#faces);
    this.#faces = count;
  }

  /** Counts time during which a face could not be spotted on. */
  countBlocked(fault: BlockReason, seconds: number): void {
    this.#metrics.unspottable.inc({ fault }, seconds);
    this.blocked.set(fault, (this.blocked.get(fault) ?? 0) + seconds);
  }

  /** Frame received to `track` event sent. */
  tracked(receivedAt: number): void {
    this.#latencies.push(Math.max(0, Date.now() - receivedAt));
    if (this.#latencies.length > 2048) this.#latencies = this.#latencies.slice(-1024);
  }

  /** When the frame nearest to media time `t` arrived, ms since the epoch. */
  receivedAt(t: number): number | undefined {
    return nearestByTime(this.#arrivals, t, LARGEST_GAP_S)?.at;
  }

  #countUnread(): void {
    this.unread.take((region, reason, seconds) => {
      this.#metrics.unread.inc({ region, reason }, seconds);
    });
  }

  /** Rates, latency and what could not be judged, since the last call. */
  second(): { fps_in: number; fps_analyzed: number; latency_ms: { p50: number | null; p95: number | null }; unread: Unread[] } {
    this.#countUnread();
    const seconds = Math.max(0.001, (performance.now() - this.#countedAt) / 1000);
    const round = (x: number): number => Math.round(x * 10) / 10;
    const sorted = this.#latencies.sort((a, b) => a - b);
    const at = (p: number): number | null => (sorted.length === 0 ? null : quantileOfSorted(sorted, p));
    const result = {
      fps_in: round((this.decodedFrames - this.#receivedBefore) / seconds),
      fps_analyzed: round((this.analyzed - this.#analyzedBefore) / seconds),
      latency_ms: { p50: at(0.5), p95: at(0.95) },
      unread: this.unread.recent(),
    };
    this.#receivedBefore = this.decodedFrames;
    this.#analyzedBefore = this.analyzed;
    this.#countedAt = performance.now();
    this.#latencies = [];
    return result;
  }
}
