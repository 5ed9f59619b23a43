import type { MotionSample, SpotterEvent, Window } from '../contract.js';
import { Activity, LIDS, NOTHING } from './activity.js';
import { Blinks } from './blinks.js';
import { apexOf, offsetOf, onsetOf, riseOf } from './crossings.js';
import { Gaps } from './gaps.js';
import { Head } from './head.js';
import { History } from './history.js';
import { classifyCandidate, overridesBlink, type Verdict } from './classify-candidate.js';
import { SPOTTER_DEFAULTS, type SpotterOptions } from './options.js';
import { Pattern } from './pattern.js';
import { Scale } from './scale.js';

/** Samples of history kept: 6 s at 200 fps. */
const KEPT_SAMPLES = 1200;
/** A higher maximum must be higher by this share to take the apex over: holds it at the start of a plateau. */
const HIGHER = 1.03;
/** The same for an apex that was already reported. */
const MUCH_HIGHER = 1.1;
/** Motion that was dealt with and stays where it is for this long is the new rest, s. */
const STILL_FOR = 0.25;
/** Motion that was dealt with is the new rest after this long, still or not, s. */
const SETTLING_TIMEOUT = 1;
/** What counts as staying: energy within this, in thresholds, and within this share. */
const STILL_WITHIN = 0.35;
const STILL_SHARE = 0.1;
/** For this long after the apex an alert may turn out to be a blink or a head movement, s. */
const SECOND_THOUGHTS = 0.3;
/** A held expression lets go within this time, s; its fall is no new expression. */
const HELD_FOR = 60;
/** `opened` follows the apex by no more than this, s. */
const LATEST_OPENING = 0.15;

/** A rise that is watched, or a window that was opened on it. */
interface Rise {
  readonly pattern: Pattern;
  readonly trigger: number;
  best: number;
  bestEnergy: number;
}

/** Motion that dies away, or stays. */
interface Settling {
  readonly rest: Float32Array;
  readonly since: number;
  /** Least energy so far: a rise from there is a new one. */
  least: number;
  stillSince: number;
  stillAt: number;
}

/** A maximum that was looked at. */
interface Peak extends Verdict {
  /** Height of the trace at the maximum, and its sample. */
  readonly height: number;
  readonly serial: number;
  /** Seconds that the rise took. */
  readonly rise: number;
}

interface OpenWindow extends Rise {
  window: Window;
  /** Serial of the apex, and the height of the trace there. */
  apex: number;
  height: number;
  /** First sample at or below the foot after the apex, and the offset that follows from it. */
  end: number | undefined;
  offset: number | undefined;
  revised: boolean;
}

/**
 * Finds onset, apex and offset in the motion of one face. Causal, and a function of its inputs alone: no clock, no I/O.
 *
 *     idle ─above threshold─► rising ─no higher for `confirm`─► judged ─┬─► open ─offset, or macroMax─► closed ─┐
 *      ▲                                                                └─► settling (nothing was said) ◄────────┘
 *      └───────────────────────────── back at rest, or rest is elsewhere now ───────────┘
 *
 * The score is 1 − 2^(−r) with r the strongest region's motion over its threshold, times the square root of the quality: 0.5 at the
 * threshold, 0.75 at twice, near 1 where no noise reaches.
 */
export class Spotter {
  readonly #options: SpotterOptions;
  readonly #history = new History(KEPT_SAMPLES);
  readonly #scale: Scale;
  readonly #blinks: Blinks;
  readonly #head: Head;
  readonly #gaps: Gaps;
  readonly #activity = new Activity();
  #events: SpotterEvent[] = [];
  #begin: number | undefined;
  #count = 0;
  #last: MotionSample | undefined;
  #rising: Rise | undefined;
  #open: OpenWindow | undefined;
  /** Set while motion that was dealt with dies away. */
  #settling: Settling | undefined;
  /** End of the last window: the next one begins no earlier. */
  #free = 0;
  #held: { pattern: Pattern; until: number } | undefined;

  constructor(options: Partial<SpotterOptions> = {}) {
    this.#options = { ...SPOTTER_DEFAULTS, ...options };
    this.#scale = new Scale(this.#options);
    this.#blinks = new Blinks(this.#options);
    this.#head = new Head(this.#options);
    this.#gaps = new Gaps(this.#options);
  }

  /**
   * Takes the next sample of the face. A sample that is not later than the one before is ignored.
   *
   * @returns what there is to say now: a `signal` for every sample; `opened`, then any `updated`, then exactly one of `closed`
   * and `withdrawn` for each window; `reset` after frames went missing
   */
  push(sample: MotionSample): SpotterEvent[] {
    this.#events = [];
    if (!Number.isFinite(sample.t) || (this.#last !== undefined && sample.t <= this.#last.t)) return this.#events;
    const reason = this.#gaps.check(sample);
    if (reason !== undefined) this.#reset(sample, reason);
    this.#begin ??= sample.t;
    this.#last = sample;
    this.#history.push(sample, this.#options.smoothing);
    this.#blinks.update(sample);
    this.#head.update(sample);
    this.#scale.update(this.#history, sample, this.#rising !== undefined || this.#open !== undefined || this.#settling !== undefined);
    this.#look(sample);
    this.#events.push({
      type: 'signal',
      face: sample.face,
      t: sample.t,
      motion: this.#activity.top * this.#activity.threshold,
      threshold: this.#activity.threshold,
    });
    if (this.#scale.restSeen < this.#options.settle || this.#gaps.poor) return this.#events;
    if (this.#open !== undefined) this.#follow(sample, this.#open);
    else if (this.#rising !== undefined) this.#climb(sample, this.#rising);
    else this.#wait(sample);
    return this.#events;
  }

  /** The face is gone or the stream has ended: an open window is closed with what is known. */
  flush(): SpotterEvent[] {
    this.#events = [];
    if (this.#open !== undefined) this.#close(this.#open);
    this.#rising = undefined;
    this.#settling = undefined;
    return this.#events;
  }

  /** Current time with the low-pass delay taken off. */
  #now(sample: MotionSample): number {
    return sample.t - this.#history.lag;
  }

  #look(sample: MotionSample): void {
    const warm = sample.t - (this.#begin ?? sample.t) >= this.#options.warmUp;
    const factor = this.#head.factor * (warm ? 1 : this.#options.warmUpFactor);
    const rest = (this.#open ?? this.#rising)?.pattern.rest ?? this.#settling?.rest ?? this.#scale.rest;
    const blinking = this.#blinks.within(sample.t, sample.t);
    this.#activity.read(this.#history, this.#scale, rest, factor, blinking ? LIDS : NOTHING);
  }

  #wait(sample: MotionSample): void {
    const { top, energy } = this.#activity;
    const settling = this.#settling;
    if (settling !== undefined) {
      settling.least = Math.min(settling.least, energy);
      if (top < 0.7) this.#settling = undefined;
      else if (this.#stays(sample, settling)) this.#adopt();
      else if (energy >= settling.least + 1 && top >= 1) this.#rise(settling.rest);
    } else if (top >= 1) this.#rise(this.#scale.rest);
  }

  #stays(sample: MotionSample, settling: Settling): boolean {
    const { energy } = this.#activity;
    if (Math.abs(energy - settling.stillAt) > Math.max(STILL_WITHIN, STILL_SHARE * energy)) {
      settling.stillSince = sample.t;
      settling.stillAt = energy;
    }
    return sample.t - settling.stillSince > STILL_FOR || sample.t - settling.since > SETTLING_TIMEOUT;
  }

  /** Displaced regions rest where they are from now on. */
  #adopt(): void {
    this.#settling = undefined;
    this.#activity.ratio.forEach((ratio, region) => {
      if (ratio > 0.5) this.#scale.adopt(this.#history, region);
    });
  }

  #settle(t: number, rest: Float32Array): void {
    const { energy } = this.#activity;
    this.#settling = { rest, since: t, least: energy, stillSince: t, stillAt: energy };
  }

  #rise(rest: Float32Array): void {
    this.#settling = undefined;
    const pattern = new Pattern(rest, this.#scale.threshold);
    pattern.learn(this.#activity);
    this.#rising = { pattern, trigger: this.#history.last, best: this.#history.last, bestEnergy: this.#activity.energy };
  }

  /** Watches a rise until it has a maximum. */
  #climb(sample: MotionSample, rise: Rise): void {
    const { energy } = this.#activity;
    const newest = this.#history.last;
    rise.pattern.learn(this.#activity);
    if (energy > rise.bestEnergy * HIGHER) {
      rise.best = newest;
      rise.bestEnergy = energy;
    }
    const since = sample.t - this.#history.time(rise.best);
    if (since < this.#options.confirm * 0.999 && energy > 0.6 * rise.bestEnergy) return;
    this.#rising = undefined;
    if (rise.best < this.#history.first) return;
    const verdict = this.#classify(sample, rise);
    if (verdict.reason === undefined && sample.t - verdict.apex <= LATEST_OPENING) this.#openWindow(sample, rise, verdict);
    else {
      if (verdict.reason === 'return') this.#held = undefined;
      this.#settle(sample.t, rise.pattern.rest);
    }
  }

  #classify(sample: MotionSample, rise: Rise): Peak {
    // The maximum of the projected trace after the energy's: less noisy, and at most `confirm` later.
    let serial = rise.best,
      height = rise.pattern.along(this.#history, serial);
    for (let s = Math.max(rise.best - 1, rise.trigger); s <= this.#history.last; s++) {
      const value = rise.pattern.along(this.#history, s);
      if (value > height) {
        serial = s;
        height = value;
      }
    }
    height = Math.max(height, 1e-6);
    const trace = rise.pattern.trace(this.#history, height);
    const { lag } = this.#history;
    const apex = apexOf(this.#history, trace, serial) - lag;
    const foot = onsetOf(this.#history, trace, rise.trigger, serial, this.#options.footFraction);
    const onset = Math.min(Math.max(foot - lag, this.#free), apex);
    if (this.#held !== undefined && sample.t > this.#held.until) this.#held = undefined;
    const verdict = classifyCandidate(
      {
        onset: Math.max(0, onset),
        apex: Math.max(0, apex),
        serial,
        height,
        pattern: rise.pattern,
        history: this.#history,
        activity: this.#activity,
        blinks: this.#blinks,
        head: this.#head,
        held: this.#held?.pattern,
        now: sample.t,
      },
      this.#options,
    );
    return { ...verdict, height, serial, rise: riseOf(this.#history, trace, foot, rise.trigger, serial) };
  }

  #openWindow(sample: MotionSample, rise: Rise, { onset, apex, height, serial, rise: seconds }: Peak): void {
    const window: Window = {
      key: `${sample.face}-${String(++this.#count)}`,
      face: sample.face,
      kind: seconds <= this.#options.microRiseMax && rise.pattern.length <= this.#options.microPeakMax ? 'micro' : 'macro',
      onset,
      apex,
      ...this.#measurements(rise.pattern, sample),
    };
    this.#open = { ...rise, window, apex: serial, height, end: undefined, offset: undefined, revised: false };
    this.#events.push({ type: 'opened', window });
  }

  #measurements(pattern: Pattern, sample: MotionSample): Pick<Window, 'score' | 'peak' | 'regions'> {
    const quality = Math.min(1, Math.max(0, sample.quality));
    const score = (1 - 2 ** -pattern.top) * Math.sqrt(Number.isFinite(quality) ? quality : 0);
    return { score: Math.min(1, Math.max(0, score)), peak: pattern.length, regions: pattern.regions };
  }

  /** Watches an open window until its offset. */
  #follow(sample: MotionSample, open: OpenWindow): void {
    const { window } = open;
    const doubt = this.#doubt(sample, open);
    if (doubt !== undefined) {
      this.#withdraw(sample, open, doubt);
      return;
    }
    if (open.pattern.learn(this.#activity)) {
      open.height = Math.max(open.height, 1e-6);
      for (let s = Math.max(open.trigger, this.#history.first); s <= open.apex; s++) {
        open.height = Math.max(open.height, open.pattern.along(this.#history, s));
      }
    }
    this.#moveApex(sample, open);
    const level = open.pattern.along(this.#history, this.#history.last) / open.height;
    const trace = open.pattern.trace(this.#history, open.height);
    if (open.end !== undefined && level > 0.5) open.end = open.offset = undefined;
    if (open.end === undefined && level <= this.#options.footFraction) {
      open.end = this.#history.last;
      const offset = offsetOf(this.#history, trace, Math.max(open.apex, this.#history.first), open.end, this.#options.footFraction);
      open.offset = Math.max(offset - this.#history.lag, open.window.apex);
    }
    const now = this.#now(sample);
    if (open.window.kind === 'micro' && !this.#mayBeMicro(open, (open.offset ?? now) - window.onset)) this.#revise(open, 'macro');
    if (open.offset !== undefined && now >= open.offset) this.#close(open);
    else if (now - window.onset > this.#options.macroMax) {
      this.#held = { pattern: open.pattern, until: sample.t + HELD_FOR };
      this.#close(open);
      this.#adopt();
    }
  }

  /** A higher maximum than the reported one takes the apex over. */
  #moveApex(sample: MotionSample, open: OpenWindow): void {
    const newest = this.#history.last;
    const value = open.pattern.along(this.#history, newest);
    if (value > open.height * MUCH_HIGHER && (open.best <= open.apex || value > open.pattern.along(this.#history, open.best))) {
      open.best = newest;
      return;
    }
    if (open.best <= open.apex || open.best < this.#history.first) return;
    if (sample.t - this.#history.time(open.best) < this.#options.confirm * 0.999) return;
    open.apex = open.best;
    open.height = open.pattern.along(this.#history, open.best);
    const apex = apexOf(this.#history, open.pattern.trace(this.#history, open.height), open.apex) - this.#history.lag;
    open.window = { ...open.window, apex: Math.max(apex, open.window.onset), ...this.#measurements(open.pattern, sample) };
    this.#events.push({ type: 'updated', window: open.window });
  }

  #mayBeMicro(open: OpenWindow, seconds: number): boolean {
    return seconds <= this.#options.microMax && open.pattern.length <= this.#options.microPeakMax;
  }

  #revise(open: OpenWindow, kind: Window['kind']): void {
    if (open.revised || open.window.kind === kind) return;
    open.revised = true;
    open.window = { ...open.window, kind };
    this.#events.push({ type: 'updated', window: open.window });
  }

  /** Why an opened window is not an expression after all. */
  #doubt(sample: MotionSample, { window, pattern }: OpenWindow): 'blink' | 'head' | undefined {
    if (sample.t > window.apex + SECOND_THOUGHTS) return undefined;
    if (this.#head.tooFast(window.onset, sample.t)) return 'head';
    if (this.#activity.top >= 1 && this.#activity.alike > this.#options.alikeMax) return 'head';
    if (this.#blinks.within(window.onset, window.apex) && !overridesBlink(pattern, this.#options)) return 'blink';
    return undefined;
  }

  #withdraw(sample: MotionSample, open: OpenWindow, reason: 'blink' | 'head' | 'gap'): void {
    this.#open = undefined;
    this.#settle(sample.t, open.pattern.rest);
    this.#events.push({ type: 'withdrawn', window: open.window, reason });
  }

  #close(open: OpenWindow): void {
    const { window, offset } = open;
    if (offset !== undefined) this.#revise(open, this.#mayBeMicro(open, offset - window.onset) ? 'micro' : 'macro');
    this.#free = offset ?? this.#last?.t ?? window.apex;
    this.#open = undefined;
    this.#settle(this.#last?.t ?? window.apex, open.pattern.rest);
    this.#events.push({ type: 'closed', window: offset === undefined ? open.window : { ...open.window, offset } });
  }

  #reset(sample: MotionSample, reason: string): void {
    const open = this.#open;
    if (open !== undefined) {
      // Cut off before any fall was seen, it may as well be the start of whatever broke the stream.
      const level = open.pattern.along(this.#history, this.#history.last) / open.height;
      if (level > 0.9 && (this.#last?.t ?? sample.t) - open.window.apex < SECOND_THOUGHTS) this.#withdraw(sample, open, 'gap');
      else this.#close(open);
    }
    this.#rising = undefined;
    this.#settling = undefined;
    this.#history.clear();
    this.#scale.reset();
    this.#events.push({ type: 'reset', face: sample.face, t: sample.t, reason });
  }
}
