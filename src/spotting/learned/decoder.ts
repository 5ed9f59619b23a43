import { CLASS, DELAY, type TickLikelihoods } from './likelihoods.js';
import { TICK } from './ticks.js';

/** Ticks after a maximum before it counts. */
const CONFIRM = 1;
/** An apex bell lower than this is no candidate. */
const LEAST = 0.05;
/** A window reaches to where its likelihood is this share of that at the apex. */
const FOOT = 0.5;
/** Longest window, s: what lasts longer is the face's new rest. */
const LONGEST = 4;
/** A likelihood may dip below the foot for so long, s. */
const LONGEST_DIP = 0.04;
/** How far past {@link DecoderOptions.microMax} a window still counts as micro, s: two ticks, what a boundary errs by. */
const LEEWAY = 0.04;
/** A later maximum nearer to the apex than this is the same one, s. */
const APART = 0.06;
/** Ticks remembered: the longest window and then some. */
const KEPT = 300;
/** A pause between ticks after which an open window can't go on, s. */
const PAUSE = 0.3;

export interface DecoderOptions {
  /** Raw score, 0..1, that a maximum of a kind's apex bell must reach. Read at every maximum, so that it can be moved live. */
  readonly threshold: (kind: 'micro' | 'macro') => number;
  /** Longest micro-expression, onset to offset, s. */
  readonly microMax: number;
}

/** A window as the decoder knows it. Media seconds. What the network takes for a blink, speech or the head opens none. */
export interface DecodedWindow {
  readonly kind: 'micro' | 'macro';
  readonly onset: number;
  readonly apex: number;
  /** Absent while the expression goes on. */
  readonly offset?: number;
  /** Geometric mean of the apex bell's height and the likelihood of being inside, 0..1; not calibrated. */
  readonly raw: number;
}

/**
 * - `peaked`: the open window has another maximum, at `window.apex`, while it may still be a micro-expression: another side or region that
 *   follows. Whether it is the stronger one the likelihoods don't tell; the windows that come after keep the first.
 * - `withdrawn`: was opened as a macro-expression, proved brief, and is too faint for a micro-expression.
 */
export type Decoded =
  | { readonly type: 'opened' | 'updated' | 'closed' | 'withdrawn'; readonly window: DecodedWindow }
  | { readonly type: 'peaked'; readonly window: DecodedWindow };

interface Moment {
  readonly t: number;
  readonly values: Float32Array;
}
interface Open {
  window: DecodedWindow;
  peak: number;
  low: number | undefined;
  /** Sure enough for a micro-expression. */ readonly sure: boolean;
}

/**
 * From likelihoods to windows. Causal, and a function of its inputs alone: no clock, no I/O.
 *
 * idle ─a maximum of an apex bell, one tick later, scored above the threshold─► open ─likelihood of being inside falls below half─► closed
 *
 * The same algorithm as training/spotter/decode.py, which has no use for `peaked`; a golden file holds the two together.
 */
export class Decoder {
  readonly #options: DecoderOptions;
  #moments: Moment[] = [];
  /** Serial of `#moments[0]`. */
  #first = 0;
  #best: { readonly serial: number; readonly column: number } | undefined;
  #open: Open | undefined;
  #free = -1;

  constructor(options: DecoderOptions) {
    this.#options = options;
  }

  /** Whether a window is open. */
  get busy(): boolean {
    return this.#open !== undefined;
  }

  /** Takes the next tick; says what opened, changed or closed with it. */
  push(tick: TickLikelihoods): Decoded[] {
    const t = tick.t - DELAY * TICK;
    const before = this.#moments.at(-1);
    const events: Decoded[] = [];
    if (before !== undefined && t - before.t > PAUSE) {
      events.push(...this.flush());
      this.#moments = [];
      this.#first = 0;
    }
    this.#moments.push({ t, values: tick.values });
    if (this.#moments.length > KEPT) {
      this.#moments.shift();
      this.#first++;
    }
    if (this.#open === undefined) this.#watch(events);
    else this.#follow(this.#open, events);
    return events;
  }

  /** The face is gone or the stream has ended: an open window closes with what is known. */
  flush(): Decoded[] {
    const events: Decoded[] = [];
    if (this.#open !== undefined) this.#close(this.#open, Math.max(this.#open.window.apex, this.#moments.at(-1)?.t ?? 0), events);
    this.#best = undefined;
    return events;
  }

  #last(): number {
    return this.#first + this.#moments.length - 1;
  }
  #at(serial: number): Moment {
    return this.#moments[serial - this.#first]!;
  }
  #value(serial: number, column: number): number {
    return this.#at(serial).values[column]!;
  }
  #bell(serial: number): number {
    return Math.max(this.#value(serial, CLASS.micro_apex), this.#value(serial, CLASS.macro_apex));
  }
  #inside(serial: number): number {
    return Math.max(this.#value(serial, CLASS.micro), this.#value(serial, CLASS.macro));
  }

  #watch(events: Decoded[]): void {
    const now = this.#last();
    const micro = this.#value(now, CLASS.micro_apex),
      macro = this.#value(now, CLASS.macro_apex);
    const bell = Math.max(micro, macro);
    const height = this.#best === undefined ? 0 : this.#value(this.#best.serial, this.#best.column);
    if (this.#best === undefined || bell > height) {
      if (bell >= LEAST) this.#best = { serial: now, column: micro >= macro ? CLASS.micro_apex : CLASS.macro_apex };
      return;
    }
    if (now - this.#best.serial < CONFIRM) return;
    const { serial, column } = this.#best;
    this.#best = undefined;
    const inside = this.#inside(serial);
    const raw = Math.sqrt(height * inside);
    const kind = column === CLASS.micro_apex ? 'micro' : 'macro';
    if (raw < this.#options.threshold(kind) || this.#at(serial).t <= this.#free) return;
    const apex = this.#centre(serial, column);
    const onset = Math.max(this.#free, this.#footBefore(serial));
    const window: DecodedWindow = { kind, onset: Math.min(onset, apex), apex, raw };
    this.#open = { window, peak: inside, low: undefined, sure: raw >= this.#options.threshold('micro') };
    events.push({ type: 'opened', window });
  }

  #follow(open: Open, events: Decoded[]): void {
    const now = this.#last();
    const { t } = this.#at(now);
    const inside = this.#inside(now);
    open.peak = Math.max(open.peak, inside);
    let offset: number | undefined;
    if (inside < FOOT * open.peak) {
      open.low ??= now;
      if (t - this.#at(open.low).t >= LONGEST_DIP - 1e-9) offset = Math.max(open.window.apex, this.#crossing(open.low, FOOT * open.peak));
    } else open.low = undefined;
    if (offset === undefined && t - open.window.onset > LONGEST) offset = t;
    if (offset !== undefined) {
      this.#close(open, offset, events);
      return;
    }
    if (open.low === undefined) this.#watchOn(open.window, events);
    if (
      open.window.kind === 'micro' &&
      (open.low === undefined ? t : this.#at(open.low).t) - open.window.onset > this.#options.microMax + LEEWAY
    ) {
      open.window = { ...open.window, kind: 'macro' };
      events.push({ type: 'updated', window: open.window });
    }
  }

  /** Looks for a further maximum in the open window. */
  #watchOn(window: DecodedWindow, events: Decoded[]): void {
    const serial = this.#last() - CONFIRM;
    if (serial <= this.#first) return;
    const height = this.#bell(serial);
    if (height <= this.#bell(serial - 1) || height < this.#bell(this.#last())) return;
    if (Math.sqrt(height * this.#inside(serial)) < this.#options.threshold(window.kind)) return;
    const apex = this.#centre(
      serial,
      this.#value(serial, CLASS.micro_apex) >= this.#value(serial, CLASS.macro_apex) ? CLASS.micro_apex : CLASS.macro_apex,
    );
    if (apex - window.apex < APART || apex - window.onset > this.#options.microMax) return;
    events.push({ type: 'peaked', window: { ...window, apex } });
  }

  #close(open: Open, offset: number, events: Decoded[]): void {
    const kind = offset - open.window.onset <= this.#options.microMax + LEEWAY ? 'micro' : 'macro';
    if (kind === 'micro' && !open.sure) events.push({ type: 'withdrawn', window: { ...open.window, offset } });
    else {
      if (kind !== open.window.kind) events.push({ type: 'updated', window: { ...open.window, kind } });
      events.push({ type: 'closed', window: { ...open.window, kind, offset } });
    }
    this.#open = undefined;
    this.#best = undefined;
    this.#free = offset;
  }

  /** Time of the maximum, by the parabola through it and its neighbours. */
  #centre(serial: number, column: number): number {
    const { t } = this.#at(serial);
    if (serial <= this.#first || serial >= this.#last()) return t;
    const a = this.#value(serial - 1, column),
      b = this.#value(serial, column),
      c = this.#value(serial + 1, column);
    const bend = a - 2 * b + c;
    const shift = bend < -1e-9 ? (0.5 * (a - c)) / bend : 0;
    return t + Math.min(0.5, Math.max(-0.5, shift)) * TICK;
  }

  /** Where the likelihood of being inside rose through {@link FOOT} of its height at the apex. */
  #footBefore(serial: number): number {
    const level = FOOT * this.#inside(serial);
    let k = serial;
    while (k > this.#first && this.#inside(k - 1) >= level && this.#at(serial).t - this.#at(k - 1).t < LONGEST) k--;
    if (k === this.#first) return this.#at(k).t;
    const low = this.#inside(k - 1),
      high = this.#inside(k);
    const from = this.#at(k - 1).t;
    return from + (high > low ? (level - low) / (high - low) : 0.5) * (this.#at(k).t - from);
  }

  /** Where the likelihood fell through `level` just before tick `low`. */
  #crossing(low: number, level: number): number {
    if (low <= this.#first) return this.#at(this.#first).t;
    const a = this.#inside(low - 1),
      b = this.#inside(low);
    const from = this.#at(low - 1).t;
    return from + (a > b ? (a - level) / (a - b) : 0.5) * (this.#at(low).t - from);
  }
}
