import { nearestByTime } from '../../common/nearest-by-time.js';
import type { Window } from '../../spotting/contract.js';
import type { AlertTrace, Tracing } from '../../telemetry/mod.js';
import type { VisionResult } from '../vision/vision.js';

/** How far in media time a frame may lie from the moment that is asked for. */
const LARGEST_GAP_S = 0.25;

/** Frames whose way is remembered: 10 s at 60 fps. */
const REMEMBERED = 600;

interface FrameTimes {
  readonly t: number;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  readonly doneAt: number;
  /** Milliseconds. */
  readonly decodeMs: number;
  readonly ms: VisionResult['ms'];
}

/**
 * Begins an alert's trace with what is already past when the alert opens:
 *
 *     received ─ decode ─ wait ─ track ─ align ─ spot ─ confirm ─► opened
 *                                                      (later frames, until the spotter is sure)
 */
export class AlertTraces {
  readonly #tracing: Tracing;
  readonly #session: string;
  #frames: FrameTimes[] = [];

  constructor(tracing: Tracing, session: string) {
    this.#tracing = tracing;
    this.#session = session;
  }

  /** Remembers how one frame fared. */
  frame(decodeMs: number, { t, receivedAt, ms }: VisionResult): void {
    this.#frames.push({ t, receivedAt, decodeMs, ms, doneAt: Date.now() });
    if (this.#frames.length > 2 * REMEMBERED) this.#frames = this.#frames.slice(-REMEMBERED);
  }

  /** The trace of an alert that opens now, from the arrival of its apex frame on. */
  open(annotation: string, window: Window): AlertTrace {
    const now = Date.now();
    const apex = nearestByTime(this.#frames, window.apex, LARGEST_GAP_S);
    const trace = this.#tracing.alert(apex?.receivedAt ?? now, { 'mellm.session': this.#session, 'mellm.annotation': annotation });
    if (apex) {
      const { receivedAt, doneAt, decodeMs, ms } = apex;
      const spot = doneAt - ms.spot;
      const align = spot - ms.align;
      const track = align - ms.track;
      trace.past('decode', receivedAt, receivedAt + decodeMs);
      trace.past('wait', receivedAt + decodeMs, track);
      trace.past('track', track, align);
      trace.past('align', align, spot);
      trace.past('spot', spot, doneAt);
      trace.past('confirm', doneAt, now);
    }
    trace.event('opened');
    return trace;
  }
}
