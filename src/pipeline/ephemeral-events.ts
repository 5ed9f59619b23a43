import { LANDMARK_SUBSET, type EventDraft } from '../events/schema.js';
import type { VideoFormat } from '../ingest/contract.js';
import type { SpotterEvent } from '../spotting/contract.js';
import type { Tallies } from './session-stats.js';
import { Unspottable, type Hindrance } from './quality-gate.js';
import type { SeenFace, VisionResult } from './vision/vision.js';

/** Seconds of media between two `track` events of a face (contract: at most 10 Hz); its `signal` goes with them. */
const INTERVAL = 0.1;
/** The most samples in one `signal` event; at 240 fps a tenth of a second holds 24. */
const MOST_SAMPLES = 64;

/** Makes `session.started`, `track`, `signal` and `stats` of what goes by. */
export class PassingEvents {
  readonly #session: string;
  readonly #publish: (draft: EventDraft) => void;
  readonly #tallies: Tallies;
  readonly #trackedAt = new Map<string, number>();
  readonly #signals = new Map<string, { t: number[]; motion: number[]; threshold: number }>();
  /** Faces of which a `track` was just sent: the `signal` travels along, for one packet and one wake-up instead of two. */
  readonly #due = new Set<string>();
  readonly #unspottable = new Unspottable();
  #faces = 0;
  #started = false;

  constructor(session: string, publish: (draft: EventDraft) => void, tallies: Tallies) {
    this.#session = session;
    this.#publish = publish;
    this.#tallies = tallies;
  }

  /** The first format starts the session for its viewers; a later one is told as an error event with code `format_changed`. */
  format(name: string, { width, height, codec }: VideoFormat): void {
    if (!this.#started) {
      this.#started = true;
      this.#publish({ type: 'session.started', session: this.#session, t: 0, name, video: { width, height, codec } });
    } else {
      this.#publish({
        type: 'error', session: this.#session, t: this.#tallies.lastT, code: 'format_changed',
        message: `the publisher now sends ${String(width)}×${String(height)} ${codec}`,
      });
    }
  }

  see(result: VisionResult): void {
    this.#tallies.facesNow(result.faces.length);
    this.#faces = result.faces.length;
    for (const id of result.lost) { this.#trackedAt.delete(id); this.#signals.delete(id); this.#due.delete(id); this.#unspottable.lose(id); }
    let sent = false;
    for (const face of result.faces) {
      const hindered = this.#unspottable.see(face.id, result.t, face.quality.faults);
      if (hindered) this.#tallies.unspottable(hindered.fault, hindered.seconds);
      const sample = result.samples.find((one) => one.face === face.id);
      if (sample) this.#tallies.unread.see(sample, this.#unspottable.hindrances(face.id, face.quality.faults)[0]);
      const last = this.#trackedAt.get(face.id);
      if (last !== undefined && result.t - last < INTERVAL - 0.005 && result.t >= last) continue;
      this.#trackedAt.set(face.id, result.t);
      this.#due.add(face.id);
      this.#publish({ type: 'track', session: this.#session, t: result.t, ...describeFace(face, result, this.#unspottable.hindrances(face.id, face.quality.faults)) });
      sent = true;
    }
    if (sent) this.#tallies.tracked(result.receivedAt);
  }

  spotted(event: SpotterEvent): void {
    if (event.type !== 'signal') return;
    let signal = this.#signals.get(event.face);
    if (!signal) this.#signals.set(event.face, signal = { t: [], motion: [], threshold: 0 });
    signal.t.push(event.t);
    signal.motion.push(Math.round(event.motion * 1000) / 1000);
    signal.threshold = event.threshold;
    if (!this.#due.delete(event.face) && signal.t.length < MOST_SAMPLES) return;
    this.#publish({ type: 'signal', session: this.#session, face: event.face, t: signal.t, motion: signal.motion, threshold: Math.round(signal.threshold * 1000) / 1000, ...(event.unit ? { unit: event.unit } : {}) });
    this.#signals.set(event.face, { t: [], motion: [], threshold: signal.threshold });
  }

  stats(queue: number, falseAlarms?: number): void {
    if (!this.#started) return;
    this.#publish({
      type: 'stats', session: this.#session, t: this.#tallies.lastT, ...this.#tallies.second(),
      frames_dropped: this.#tallies.dropped, queue, faces: this.#faces,
      ...(falseAlarms === undefined ? {} : { false_alarms_per_minute: falseAlarms }),
    });
  }

  close(): void { this.#tallies.facesNow(0); }
}

function describeFace(face: SeenFace, { width, height }: VisionResult, faults: Hindrance[]) {
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
