import type { NewRecording } from '../../events/mod.js';
import type { Config } from '../../config/mod.js';
import type { Metrics } from '../../telemetry/mod.js';
import { ProblemError } from '../http/problem.js';
import { refusalProblem } from '../http/refusal.js';
import type { Sessions } from '../sessions/sessions.js';
import { analyzeRecording, type RecordingServices } from './analyze-recording.js';
import { Recording } from './recording.js';
import type { RecordingFolder } from './recording-folder.js';
import { RecordingQuota, type RecordingOwner } from './recording-quota.js';
import { diskFull, tooLarge, Upload } from './upload.js';

/** Milliseconds between checks for expired uploads. */
const TIDY_INTERVAL_MS = 15_000;
/** Milliseconds for which the state of a settled recording is available. */
const SETTLED_TTL_MS = 3_600_000;
/** Settled recordings in memory; the oldest is dropped. */
const MAX_SETTLED = 1000;
/** Bytes of the disk that recordings leave free. */
const DISK_RESERVE = 64 * 2 ** 20;

export interface RecordingsOptions extends RecordingServices {
  readonly folder: RecordingFolder;
  readonly limits: Config['recordings'];
  readonly sessions: Pick<Sessions, 'start' | 'newId' | 'draining' | 'adjustable'>;
  readonly metrics: Pick<Metrics, 'recordings' | 'recordingsTotal' | 'recordingBytes'>;
  /** Erases what was found in a recording whose analysis was cancelled. */
  readonly erase: (session: string) => Promise<unknown>;
  /** Milliseconds since the epoch; for tests. */
  readonly now?: () => number;
}

/** Who announces a recording. */
export interface Announcement {
  readonly wanted: NewRecording;
  /** Name of its session. */
  readonly session: string;
  readonly writer: string;
  readonly owner: RecordingOwner;
}

/**
 * Uploads recordings and analyses them beside live sessions, one at a time, in the order in which their uploads completed. Each file is
 * deleted once it was analysed, cancelled or expired.
 */
export class Recordings {
  readonly #options: RecordingsOptions;
  readonly #quota: RecordingQuota;
  readonly #all = new Map<string, Recording>();
  readonly #waiting: Recording[] = [];
  readonly #tidy: NodeJS.Timeout;
  readonly #now: () => number;
  #working: { readonly recording: Recording; readonly done: Promise<void> } | undefined;
  #closed = false;

  constructor(options: RecordingsOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#quota = new RecordingQuota(options.limits);
    this.#tidy = setInterval(() => {
      void this.tidy();
    }, TIDY_INTERVAL_MS).unref();
  }

  get(id: string): Recording | undefined {
    return this.#all.get(id);
  }

  /** Recordings that are analysed before this one. */
  positionOf(recording: Recording): number {
    return Math.max(0, this.#waiting.indexOf(recording)) + (this.#working ? 1 : 0);
  }

  /** Accepts a recording for upload. @throws ProblemError 409, 413, 429, 503, 507 */
  async announce({ wanted, session, writer, owner }: Announcement): Promise<Recording> {
    const { folder, limits, sessions, metrics } = this.#options;
    try {
      if (this.#closed || sessions.draining) throw new ProblemError(refusalProblem('draining'));
      if (wanted.size > limits.max_bytes) throw tooLarge(limits.max_bytes);
      if (wanted.false_alarms_per_minute !== undefined && !sessions.adjustable) {
        throw new ProblemError({
          status: 409,
          title: 'Conflict',
          code: 'not_adjustable',
          detail: 'the rule-based spotter cannot be adjusted at run time; set spotting.sensitivity and restart',
        });
      }
      const release = this.#quota.admit(owner, wanted.size);
      try {
        if (((await folder.free()) ?? Infinity) < wanted.size + DISK_RESERVE) throw diskFull();
        const id = sessions.newId();
        const upload = await Upload.create(folder.pathOf(id, wanted.name), wanted);
        const recording = new Recording({ id, wanted, session, writer, upload, expireAfter: limits.expire_minutes * 60_000, release });
        this.#all.set(id, recording);
        this.#count();
        return recording;
      } catch (error) {
        release();
        throw error;
      }
    } catch (error) {
      metrics.recordingsTotal.inc({ result: 'refused' });
      throw error;
    }
  }

  /** Appends bytes; with the last of them the recording waits for its analysis. @throws ProblemError as {@link Upload.append} */
  async append(recording: Recording, offset: number, body: ReadableStream<Uint8Array> | null): Promise<void> {
    recording.touchedAt = this.#now();
    try {
      await recording.upload.append(offset, body);
    } catch (error) {
      if (error instanceof ProblemError && error.problem.code === 'checksum_mismatch') {
        recording.fail(error.problem.code, error.message);
        await this.#settle(recording, 'failed');
      }
      throw error;
    } finally {
      recording.touchedAt = this.#now();
    }
    if (!recording.upload.complete || recording.state !== 'uploading' || recording.cancelled) return;
    recording.state = 'waiting';
    this.#waiting.push(recording);
    this.#count();
    this.#next();
  }

  /** Cancels and deletes a recording, and what was found if its analysis is not complete. Resolves when that is done. */
  async cancel(recording: Recording): Promise<void> {
    this.#all.delete(recording.id);
    if (recording.settled) return;
    recording.cancelled = true;
    if (this.#working?.recording === recording) {
      recording.running?.close('deleted');
      await this.#working.done;
      await this.#options.erase(recording.id);
      return;
    }
    const at = this.#waiting.indexOf(recording);
    if (at >= 0) this.#waiting.splice(at, 1);
    recording.fail('deleted', 'the recording was deleted');
    await this.#settle(recording, 'cancelled');
  }

  /** Deletes uploads that nobody goes on with, and forgets what was settled long ago. */
  async tidy(): Promise<void> {
    const now = this.#now();
    for (const recording of [...this.#all.values()]) {
      if (recording.expired(now)) {
        recording.fail('expired', 'the upload stalled and was deleted; upload it again');
        await this.#settle(recording, 'expired');
      } else if (recording.settled && now - recording.touchedAt > SETTLED_TTL_MS) {
        this.#all.delete(recording.id);
      }
    }
    const settled = [...this.#all.values()].filter((recording) => recording.settled).sort((a, b) => a.touchedAt - b.touchedAt);
    for (const { id } of settled.slice(0, Math.max(0, settled.length - MAX_SETTLED))) this.#all.delete(id);
  }

  /** Deletes what is not analysed yet, and waits for the analysis under way, whose session must have been ended before. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#tidy);
    this.#waiting.length = 0;
    await this.#working?.done;
    for (const recording of this.#all.values()) if (!recording.settled) await recording.upload.discard();
    this.#all.clear();
    await this.#options.folder.close();
  }

  #next(): void {
    if (this.#working || this.#closed || this.#options.sessions.draining) return;
    const recording = this.#waiting.shift();
    if (!recording) return;
    const done = (async () => {
      await analyzeRecording(recording, this.#options).catch((error: unknown) => {
        this.#options.onFailure(recording.id, error);
        recording.fail('analysis_failed', "the analysis failed; see the server's log for the cause");
      });
      await this.#settle(
        recording,
        recording.cancelled || recording.error?.code === 'deleted' ? 'cancelled' : recording.state === 'done' ? 'done' : 'failed',
      );
      this.#working = undefined;
      this.#next();
    })();
    this.#working = { recording, done };
    this.#count();
  }

  /** Deletes the file and releases the quota. */
  async #settle(recording: Recording, result: 'done' | 'failed' | 'cancelled' | 'expired'): Promise<void> {
    recording.touchedAt = this.#now();
    await recording.upload.discard().catch((error: unknown) => {
      this.#options.onFailure(recording.id, error);
    });
    recording.release();
    this.#options.metrics.recordingsTotal.inc({ result });
    this.#count();
  }

  #count(): void {
    const { recordings, recordingBytes } = this.#options.metrics;
    const states = [...this.#all.values()].map(({ state }) => state);
    for (const state of ['uploading', 'waiting', 'analyzing'] as const)
      recordings.set({ state }, states.filter((one) => one === state).length);
    recordingBytes.set(this.#quota.bytes);
  }
}
