import { annotationId } from '../events/annotation-id.js';
import type { Annotation, EventDraft, FailureReason, RegionMotion } from '../events/schema.js';
import type { Description } from '../llm/contract.js';
import type { FlowReport } from '../flow/contract.js';
import type { SpotterEvent, Window } from '../spotting/contract.js';
import { UNTRACED, type AlertTrace } from '../telemetry/mod.js';
import { TextStream } from './text-stream.js';
import type { CropPair } from './vision/vision.js';
import { failureReasonOf } from './failure-reason.js';

/** What the annotator asks of the stages behind it; an absent stage is given up at once. */
interface AlertStages {
  crops(face: string, onset: number, apex: number): Promise<CropPair | undefined>;
  measure?(annotation: string, pair: CropPair, signal: AbortSignal): Promise<FlowReport>;
  describe?(report: FlowReport, onText: (delta: string) => void, signal: AbortSignal, annotation: string): Promise<Description>;
  keepImages(annotation: string, pair: CropPair, report: FlowReport | undefined): Promise<void>;
}

/** Options of {@link AlertLifecycle}. */
export interface AlertLifecycleOptions {
  readonly session: string;
  readonly stages: AlertStages;
  readonly publish: (draft: EventDraft) => void;
  /** Media seconds of the last frame analysed. */
  readonly now: () => number;
  /** Wall clock (ms since the epoch) at which the frame at media time `t` arrived, if still known. */
  readonly receivedAt: (t: number) => number | undefined;
  readonly onClosed: (annotation: Annotation) => void;
  readonly onAlert: (latency: number | undefined) => void;
  readonly onFailure: (stage: 'flow' | 'mellm' | 'store', error: unknown) => void;
  /** A stage did its work; follows `onFailure` when it is well again. */
  readonly onWorked?: (stage: 'flow' | 'mellm') => void;
  /** Begins the trace of an alert that opens. Default: none is kept. */
  readonly trace?: (annotation: string, window: Window) => AlertTrace;
  /** Whether another alert may open now; one that may not is left out for good. Default: always. */
  readonly admitsAlert?: () => boolean;
  /** Milliseconds after the window closed that flow and text may take; `Infinity`: as long as they need. Default 20 000 (contract). */
  readonly patience?: number;
  /** Annotations that may be in work at a time; beyond it new ones close without flow and text. `Infinity`: who pushes frames waits for {@link AlertLifecycle.room}. Default 16. */
  readonly capacity?: number;
}

interface Open {
  readonly id: string;
  window: Window;
  readonly spotMs: number | null;
  readonly trace: AlertTrace;
  flow: { onset: number; apex: number; result: Promise<FlowReport | undefined> } | undefined;
  finished: boolean;
  failureReason: { flow?: FailureReason; mellm?: FailureReason };
}

/** Annotations in work at a time. */
const CAPACITY = 16;

/** Boundaries that moved less than this keep the flow already measured, seconds. */
const SAME_FRAME = 0.02;

/**
 * An annotation's life: the spotter opens a window; flow is measured at once, and again when onset or apex move; when the boundaries are
 * final they are told, MELLM speaks, and the annotation closes: exactly once, whatever fails.
 */
export class AlertLifecycle {
  readonly #options: AlertLifecycleOptions;
  readonly #open = new Map<string, Open>();
  readonly #work = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  #count = 0;

  constructor(options: AlertLifecycleOptions) {
    this.#options = options;
  }

  /** Takes the spotter's events in order. */
  handle(event: SpotterEvent): void {
    switch (event.type) {
      case 'opened':
        this.#opened(rounded(event.window));
        break;
      case 'updated':
        this.#updated(rounded(event.window));
        break;
      case 'closed':
        this.#closed(rounded(event.window), undefined);
        break;
      case 'withdrawn':
        this.#closed(rounded(event.window), event.reason);
        break;
      default:
        break;
    }
  }

  /** Resolves when every annotation that was opened has closed. */
  async settle(): Promise<void> {
    for (const open of this.#open.values()) if (!open.finished) this.#closed(open.window, undefined);
    while (this.#work.size > 0) await Promise.allSettled(this.#work);
  }

  /** Resolves when fewer than {@link CAPACITY} annotations are in work, or those in work were aborted. */
  async room(): Promise<void> {
    while (this.#work.size >= CAPACITY && !this.#stop.signal.aborted) await Promise.race(this.#work).catch(() => undefined);
  }

  /** Gives up what is in work; it closes as incomplete. */
  abort(): void {
    this.#stop.abort();
  }

  #opened(window: Window): void {
    const { session, publish, receivedAt, admitsAlert } = this.#options;
    if (admitsAlert?.() === false) return;
    const id = annotationId(session, ++this.#count);
    const arrived = receivedAt(window.apex);
    const spotMs = arrived === undefined ? null : Math.max(0, Date.now() - arrived);
    const open: Open = {
      id,
      window,
      spotMs,
      trace: this.#options.trace?.(id, window) ?? UNTRACED,
      flow: undefined,
      finished: false,
      failureReason: {},
    };
    this.#open.set(window.key, open);
    publish({
      type: 'annotation.opened',
      session,
      t: this.#now(window),
      annotation: id,
      face: window.face,
      kind: window.kind,
      onset: window.onset,
      apex: window.apex,
      score: window.score,
    });
    this.#options.onAlert(spotMs ?? undefined);
    if (this.#work.size < (this.#options.capacity ?? CAPACITY)) this.#measure(open);
  }

  #updated(window: Window): void {
    const open = this.#open.get(window.key);
    if (!open || open.finished) return;
    this.#publishMoved(open, window);
    open.window = window;
    // At once: until the window closes the crops of its onset may be gone.
    if (open.flow && hasMoved(open.flow, window)) this.#measure(open);
  }

  #closed(window: Window, withdrawn: Annotation['withdrawn']): void {
    const open = this.#open.get(window.key);
    if (!open || open.finished) return;
    open.finished = true;
    open.trace.event(withdrawn === undefined ? 'boundaries final' : 'withdrawn');
    this.#publishMoved(open, window);
    open.window = window;
    const work = this.#finish(open, withdrawn).finally(() => {
      this.#work.delete(work);
      this.#open.delete(window.key);
    });
    this.#work.add(work);
  }

  /** Tells what changed, and nothing where nothing did. */
  #publishMoved(open: Open, window: Window): void {
    const before = open.window;
    const change = {
      ...(window.kind === before.kind ? {} : { kind: window.kind }),
      ...(window.onset === before.onset ? {} : { onset: window.onset }),
      ...(window.apex === before.apex ? {} : { apex: window.apex }),
      ...(window.offset === undefined || window.offset === before.offset ? {} : { offset: window.offset }),
      ...(window.score === before.score ? {} : { score: window.score }),
    };
    if (Object.keys(change).length === 0) return;
    this.#options.publish({
      type: 'annotation.updated',
      session: this.#options.session,
      t: this.#now(window),
      annotation: open.id,
      ...change,
    });
  }

  #measure(open: Open): void {
    const { onset, apex } = open.window;
    const result = this.#flow(open, onset, apex);
    open.flow = { onset, apex, result };
  }

  async #flow(open: Open, onset: number, apex: number): Promise<FlowReport | undefined> {
    const { stages, session, publish } = this.#options;
    try {
      const pair = await open.trace.step('crops', () => stages.crops(open.window.face, onset, apex));
      if (!pair) {
        open.failureReason.flow = 'no_crops';
        return undefined;
      }
      const report = stages.measure && (await open.trace.step('flow', async () => stages.measure?.(open.id, pair, this.#signal())));
      if (report) this.#options.onWorked?.('flow');
      // Overtaken by a measurement of boundaries that moved meanwhile.
      if (open.flow?.onset !== onset || open.flow.apex !== apex) return report;
      await open.trace.step('images', () => this.#kept(() => stages.keepImages(open.id, pair, report)));
      if (report) {
        const images = ['onset', 'apex', ...(['flow', 'motion'] as const).filter((name) => report.images?.[name])] as (
          'onset' | 'apex' | 'flow' | 'motion'
        )[];
        publish({
          type: 'annotation.updated',
          session,
          t: this.#now(open.window),
          annotation: open.id,
          flow: { rois: report.rois.map(readable), head: report.head, images },
        });
      }
      return report;
    } catch (error) {
      open.failureReason.flow = failureReasonOf(error);
      this.#options.onFailure('flow', error);
      return undefined;
    }
  }

  async #finish(open: Open, withdrawn: Annotation['withdrawn']): Promise<void> {
    const { stages, session, publish } = this.#options;
    const text = new TextStream((delta) => {
      publish({ type: 'annotation.updated', session, t: this.#now(open.window), annotation: open.id, mellm: { delta } });
    });
    const patience = this.#patience();
    let report: FlowReport | undefined;
    let description: Description | undefined;
    if (withdrawn === undefined) {
      const { flow, window } = open;
      if (flow && hasMoved(flow, window)) this.#measure(open);
      report = await orGiveUp(open.flow?.result, patience, this.#stop.signal);
      if (report && stages.describe && !patience.aborted) {
        const measured: FlowReport = { ...report, kind: open.window.kind };
        let first = true;
        const hear = (delta: string): void => {
          if (first) open.trace.event('first text');
          first = false;
          text.add(delta);
        };
        try {
          const signal = AbortSignal.any([patience, this.#stop.signal]);
          description = await orGiveUp(
            open.trace.step('mellm', async () => stages.describe?.(measured, hear, signal, open.id)),
            patience,
            this.#stop.signal,
          );
          if (description) this.#options.onWorked?.('mellm');
        } catch (error) {
          open.failureReason.mellm = failureReasonOf(error);
          this.#options.onFailure('mellm', error);
        } finally {
          text.end();
        }
      }
    }
    if (!open.flow && withdrawn === undefined) open.failureReason.flow = 'overload';
    if (patience.aborted) open.failureReason[report ? 'mellm' : 'flow'] ??= 'expired';
    const failureReason = {
      ...(report || !open.failureReason.flow ? {} : { flow: open.failureReason.flow }),
      ...(description || !open.failureReason.mellm ? {} : { mellm: open.failureReason.mellm }),
    };
    const { window } = open;
    const incomplete =
      withdrawn === undefined
        ? [
            ...(window.offset === undefined ? ['offset' as const] : []),
            ...(report ? [] : ['flow' as const]),
            ...(description ? [] : ['mellm' as const]),
          ]
        : [];
    const annotation: Annotation = {
      id: open.id,
      session,
      face: window.face,
      kind: window.kind,
      onset: window.onset,
      apex: window.apex,
      offset: window.offset ?? null,
      score: window.score,
      aus: description ? [...description.aus] : [],
      emotion: description?.emotion ?? null,
      rois: report?.rois.map(readable) ?? [],
      text: description?.text ?? '',
      source: { flow: report?.source ?? null, mellm: description?.source ?? null },
      latency_ms: { spot: open.spotMs, flow: round(report?.ms, 1), mellm: round(description?.ms, 1) },
      ...(incomplete.length > 0 ? { incomplete } : {}),
      ...(withdrawn === undefined && Object.keys(failureReason).length > 0 ? { failure_reason: failureReason } : {}),
      ...(withdrawn === undefined ? {} : { withdrawn }),
    };
    // Kept before it is told: who reads the store on hearing of it must find it there.
    await this.#kept(() => {
      this.#options.onClosed(annotation);
    });
    await open.trace.step('publish', () => {
      publish({ type: 'annotation.closed', session, t: this.#now(window), annotation });
      return Promise.resolve();
    });
    open.trace.close({ 'mellm.kind': window.kind, 'mellm.withdrawn': withdrawn !== undefined, 'mellm.incomplete': incomplete.join(',') });
  }

  /** Stores something; a store that can't (a full disk) must not keep viewers from hearing of it. */
  async #kept(store: () => void | Promise<void>): Promise<void> {
    try {
      await store();
    } catch (error) {
      this.#options.onFailure('store', error);
    }
  }

  #signal(): AbortSignal {
    return AbortSignal.any([this.#stop.signal, this.#patience()]);
  }

  #patience(): AbortSignal {
    const { patience = 20_000 } = this.#options;
    return Number.isFinite(patience) ? AbortSignal.timeout(patience) : new AbortController().signal;
  }

  #now(window: Window): number {
    return Math.max(this.#options.now(), window.offset ?? window.apex);
  }
}

/** Whether a window's boundaries are at other frames than those that were measured. */
function hasMoved(measured: Pick<Window, 'onset' | 'apex'>, { onset, apex }: Window): boolean {
  return Math.max(Math.abs(measured.onset - onset), Math.abs(measured.apex - apex)) > SAME_FRAME;
}

function round(value: number | undefined, digits: number): number | null {
  return value === undefined ? null : Number(value.toFixed(digits));
}

/** A region's figures without the digits that only a computer would read. */
function readable(region: RegionMotion): RegionMotion {
  return {
    ...region,
    mean_magnitude: Number(region.mean_magnitude.toFixed(4)),
    max_magnitude: Number(region.max_magnitude.toFixed(4)),
    angle_deg: region.angle_deg === null ? null : Number(region.angle_deg.toFixed(1)),
    concentration: Number(region.concentration.toFixed(3)),
    ...(region.sigma === undefined ? {} : { sigma: Number(region.sigma.toFixed(4)) }),
  };
}

/** Times to a tenth of a millisecond, the score to a thousandth: what lies beyond says nothing. */
function rounded(window: Window): Window {
  const time = (t: number): number => Math.round(t * 1e4) / 1e4;
  return {
    ...window,
    onset: time(window.onset),
    apex: time(window.apex),
    score: Math.round(window.score * 1e3) / 1e3,
    ...(window.offset === undefined ? {} : { offset: time(window.offset) }),
  };
}

/** The promise's value, or `undefined` as soon as any of the signals is aborted. */
async function orGiveUp<T>(promise: Promise<T | undefined> | undefined, ...signals: AbortSignal[]): Promise<T | undefined> {
  const signal = AbortSignal.any(signals);
  if (!promise || signal.aborted) return undefined;
  let stop = (): void => undefined;
  const given = new Promise<undefined>((resolve) => {
    stop = () => {
      resolve(undefined);
    };
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([promise, given]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
