import { LANDMARK_SUBSET, type EventDraft } from '../events/schema.js';
import type { VideoFormat } from '../ingest/contract.js';
import type { SpotterEvent } from '../spotting/contract.js';
import type { SessionStats } from './session-stats.js';
import { QualityGate, type BlockReason } from './quality-gate.js';
import type { SeenFace, VisionResult } from './vision/vision.js';

/** Seconds of media between two `track` events of a face (contract: at most 10 Hz); its `signal` goes with them. */
const INTERVAL = 0.1;
/** The most samples in one `signal` event; at 240 fps a tenth of a second holds 24. */
const MOST_SAMPLES = 64;

/** Makes `session.started`, `track`, `signal` and `stats` of what goes by. */
export class EphemeralEvents {
  readonly #session: string;
  readonly #publish: (draft: EventDraft) => void;
  readonly #stats: SessionStats;
  readonly #trackedAt = new Map<string, number>();
  readonly #signals = new Map<string, { t: number[]; motion: number[]; threshold: number }>();
  /** Faces of which a `track` was just sent: the `signal` travels along, for one packet and one wake-up instead of two. */
  readonly #due = new Set<string>();
  readonly #gate = new QualityGate();
  #faces = 0;
  #started = false;

  constructor(session: string, publish: (draft: EventDraft) => void, stats: SessionStats) {
    this.#session = session;
    this.#publish = publish;
    this.#stats = stats;
  }

  /** The first format starts the session for its viewers; a later one is published as an error event with code `format_changed`. */
  format(name: string, { width, height, codec }: VideoFormat): void {
    if (!this.#started) {
      this.#started = true;
      this.#publish({ type: 'session.started', session: this.#session, t: 0, name, video: { width, height, codec } });
    } else {
      this.#publish({
        type: 'error',
        session: this.#session,
        t: this.#stats.lastT,
        code: 'format_changed',
        message: `the publisher now sends ${String(width)}×${String(height)} ${codec}`,
      });
    }
  }

  see(result: VisionResult): void {
    this.#stats.facesNow(result.faces.length);
    this.#faces = result.faces.length;
    for (const id of result.lost) {
      this.#trackedAt.delete(id);
      this.#signals.delete(id);
      this.#due.delete(id);
      this.#gate.lose(id);
    }
    let sent = false;
    for (const face of result.faces) {
      const blocked = this.#gate.see(face.id, result.t, face.quality.faults);
      if (blocked) this.#stats.countBlocked(blocked.fault, blocked.seconds);
      const sample = result.samples.find((one) => one.face === face.id);
      if (sample) this.#stats.unread.see(sample, this.#gate.blockReasons(face.id, face.quality.faults)[0]);
      const last = this.#trackedAt.get(face.id);
      if (last !== undefined && result.t - last < INTERVAL - 0.005 && result.t >= last) continue;
      this.#trackedAt.set(face.id, result.t);
      this.#due.add(face.id);
      this.#publish({
        type: 'track',
        session: this.#session,
        t: result.t,
        ...describeFace(face, result, this.#gate.blockReasons(face.id, face.quality.faults)),
      });
      sent = true;
    }
    if (sent) this.#stats.tracked(result.receivedAt);
  }

  spotted(event: SpotterEvent): void {
    if (event.type !== 'signal') return;
    let signal = this.#signals.get(event.face);
    if (!signal) this.#signals.set(event.face, (signal = { t: [], motion: [], threshold: 0 }));
    signal.t.push(event.t);
    signal.motion.push(Math.round(event.motion * 1000) / 1000);
    signal.threshold = event.threshold;
    if (!this.#due.delete(event.face) && signal.t.length < MOST_SAMPLES) return;
    this.#publish({
      type: 'signal',
      session: this.#session,
      face: event.face,
      t: signal.t,
      motion: signal.motion,
      threshold: Math.round(signal.threshold * 1000) / 1000,
      ...(event.unit ? { unit: event.unit } : {}),
    });
    this.#signals.set(event.face, { t: [], motion: [], threshold: signal.threshold });
  }

  stats(queue: number, falseAlarms?: number): void {
    if (!this.#started) return;
    this.#publish({
      type: 'stats',
      session: this.#session,
      t: this.#stats.lastT,
      ...this.#stats.second(),
      frames_dropped: this.#stats.dropped,
      queue,
      faces: this.#faces,
      ...(falseAlarms === undefined ? {} : { false_alarms_per_minute: falseAlarms }),
    });
  }

  close(): void {
    this.#stats.facesNow(0);
  }
}

function describeFace(face: SeenFace, { width, height }: VisionResult, faults: BlockReason[]) {
  const x = (value: number): number => Math.round((value / width) * 1e4) / 1e4;
  const y = (value: number): number => Math.round((value / height) * 1e4) / 1e4;
  const round = (value: number): number => Math.round(value * 1e3) / 1e3;
  const [left, top, w, h] = face.box;
  return {
    face: face.id,
    box: [x(left), y(top), x(w), y(h)] as [number, number, number, number],
    landmarks: LANDMARK_SUBSET.map((i): [number, number] => [x(face.landmarks[2 * i] ?? 0), y(face.landmarks[2 * i + 1] ?? 0)]),
    pose: { yaw: round(face.pose.yaw), pitch: round(face.pose.pitch), roll: round(face.pose.roll) },
    quality: { score: round(face.quality.score), faults },
  };
}
