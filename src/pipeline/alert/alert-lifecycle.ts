import { undefinedIfAborted } from '../../common/time-limit.js';
import { annotationId } from '../../events/annotation-id.js';
import type { Annotation, EventDraft } from '../../events/schema.js';
import type { FlowReport } from '../../flow/contract.js';
import type { SpotterEvent, Window } from '../../spotting/contract.js';
import { UNTRACED, type AlertTrace } from '../../telemetry/mod.js';
import { advanceAlert, isCurrent, openAlert, type AlertState, type WindowEvent } from './alert-state.js';
import type { AlertReport, AlertStages } from './alert-stages.js';
import { describeAlert } from './describe-alert.js';
import { measureAlert } from './measure-alert.js';
import { roundRegion, toAnnotation, type Described, type Measured } from './to-annotation.js';

interface AlertLifecycleOptions {
  readonly session: string;
  readonly stages: AlertStages;
  readonly publish: (draft: EventDraft) => void;
  /** Media seconds of the last frame analysed. */
  readonly now: () => number;
  /** Wall clock (ms since the epoch) at which the frame at media time `t` arrived, where that is still known. */
  readonly receivedAt: (t: number) => number | undefined;
  /** Called before the annotation is published. */
  readonly onClosed: (annotation: Annotation) => void;
  readonly report: AlertReport;
  /** Starts the trace of an alert that opens. Default: none is recorded. */
  readonly trace?: ((annotation: string, window: Window) => AlertTrace) | undefined;
  /** Whether another alert may open now; one that may not is dropped. Default: always. */
  readonly admitsAlert?: (() => boolean) | undefined;
  /** Milliseconds after the window closed within which flow and text must be complete. Default 20 000 (contract). */
  readonly timeoutMs?: number | undefined;
  /**
   * Of a recording: alerts take as long as they need, and any number may be in progress; the sender of frames awaits
   * {@link AlertLifecycle.room}. Default false.
   */
  readonly lossless?: boolean;
}

interface Alert {
  readonly id: string;
  readonly spotMs: number | null;
  readonly trace: AlertTrace;
  state: AlertState;
  measurement: Promise<Measured> | undefined;
}

/** Alerts of live video that may be in progress; those beyond close without flow and text. */
const CAPACITY = 16;

/**
 * The life of a session's alerts. A window opens, and its flow is measured at once; again whenever onset or apex move. When the
 * boundaries are final, MELLM describes it, and the annotation closes: exactly once, whatever fails.
 */
export class AlertLifecycle {
  readonly #options: AlertLifecycleOptions;
  readonly #alerts = new Map<string, Alert>();
  readonly #finishing = new Set<Promise<void>>();
  readonly #abort = new AbortController();
  #count = 0;

  constructor(options: AlertLifecycleOptions) {
    this.#options = options;
  }

  /** Takes the spotter's events in order. */
  handle(event: SpotterEvent): void {
    if (!('window' in event)) return;
    if (event.type === 'opened') this.#open(event.window);
    else this.#advance(event);
  }

  /** Resolves when every alert that was opened has closed. */
  async settle(): Promise<void> {
    for (const { state } of this.#alerts.values()) this.#advance({ type: 'closed', window: state.window });
    while (this.#finishing.size > 0) await Promise.allSettled(this.#finishing);
  }

  /** Resolves when fewer than {@link CAPACITY} alerts are being finished, or they were aborted. */
  async room(): Promise<void> {
    while (this.#finishing.size >= CAPACITY && !this.#abort.signal.aborted) await Promise.race(this.#finishing).catch(() => undefined);
  }

  /** Aborts what is in progress; it closes as incomplete. */
  abort(): void {
    this.#abort.abort();
  }

  #open(window: Window): void {
    const { session, publish, receivedAt, admitsAlert, trace, report, lossless } = this.#options;
    if (admitsAlert?.() === false) return;
    const id = annotationId(session, ++this.#count);
    const measures = lossless === true || this.#finishing.size < CAPACITY;
    const state = openAlert(window, measures);
    const { key, face, kind, onset, apex, score } = state.window;
    const arrived = receivedAt(apex);
    const spotMs = arrived === undefined ? null : Math.max(0, Date.now() - arrived);
    const alert: Alert = { id, spotMs, trace: trace?.(id, state.window) ?? UNTRACED, state, measurement: undefined };
    this.#alerts.set(key, alert);
    publish({ type: 'annotation.opened', session, t: this.#now(state.window), annotation: id, face, kind, onset, apex, score });
    report.opened(spotMs ?? undefined);
    if (measures) this.#measure(alert);
  }

  #advance(event: WindowEvent): void {
    const alert = this.#alerts.get(event.window.key);
    const step = alert && advanceAlert(alert.state, event);
    if (!step) return;
    alert.state = step.state;
    const { phase, withdrawn, window } = step.state;
    if (phase === 'final') alert.trace.event(withdrawn === undefined ? 'boundaries final' : 'withdrawn');
    if (Object.keys(step.change).length > 0) this.#update(alert, step.change);
    // At once: by the time the window closes, the crops of its onset may be gone.
    if (step.measure) this.#measure(alert);
    if (phase === 'open') return;
    const finishing = this.#finish(alert).finally(() => {
      this.#finishing.delete(finishing);
      this.#alerts.delete(window.key);
    });
    this.#finishing.add(finishing);
  }

  #measure(alert: Alert): void {
    const { session, stages, report } = this.#options;
    const { onset, apex, face } = alert.state.window;
    alert.measurement = measureAlert({
      session,
      annotation: alert.id,
      face,
      onset,
      apex,
      stages,
      trace: alert.trace,
      report,
      signal: () => AbortSignal.any([this.#abort.signal, this.#deadline()]),
      isCurrent: () => isCurrent(alert.state, { onset, apex }),
      onMeasured: (flow) => {
        this.#update(alert, { flow: { rois: flow.rois.map(roundRegion), head: flow.head, images: imagesOf(flow) } });
      },
    });
  }

  async #finish(alert: Alert): Promise<void> {
    const { session, publish, onClosed } = this.#options;
    const { id, spotMs, trace, state } = alert;
    const { window, withdrawn } = state;
    const deadline = this.#deadline();
    const signal = AbortSignal.any([deadline, this.#abort.signal]);
    let measured: Measured = {};
    let described: Described = {};
    if (withdrawn === undefined) {
      measured = { failure: 'overload' };
      if (alert.measurement)
        measured = (await undefinedIfAborted(alert.measurement, signal)) ?? (deadline.aborted ? { failure: 'expired' } : {});
      if (measured.report) {
        described = await this.#describe(alert, measured.report, signal);
        if (deadline.aborted) described = { failure: 'expired', ...described };
      }
    }
    const annotation = toAnnotation({ id, session, spotMs, state, measured, described });
    onClosed(annotation);
    await trace.step('publish', () => {
      publish({ type: 'annotation.closed', session, t: this.#now(window), annotation });
      return Promise.resolve();
    });
    trace.close({
      'mellm.kind': window.kind,
      'mellm.withdrawn': withdrawn !== undefined,
      'mellm.incomplete': annotation.incomplete?.join(',') ?? '',
    });
  }

  async #describe(alert: Alert, flow: FlowReport, signal: AbortSignal): Promise<Described> {
    const { report, lossless = false } = this.#options;
    const { describe } = this.#options.stages;
    if (!describe || signal.aborted) return {};
    return describeAlert(
      { ...flow, kind: alert.state.window.kind },
      {
        annotation: alert.id,
        describe,
        patient: lossless,
        trace: alert.trace,
        report,
        signal,
        onText: (delta) => {
          this.#update(alert, { mellm: { delta } });
        },
      },
    );
  }

  #update(alert: Alert, fields: Omit<Extract<EventDraft, { type: 'annotation.updated' }>, 'type' | 'session' | 't' | 'annotation'>): void {
    const { session, publish } = this.#options;
    publish({ type: 'annotation.updated', session, t: this.#now(alert.state.window), annotation: alert.id, ...fields });
  }

  #deadline(): AbortSignal {
    const { timeoutMs = 20_000, lossless } = this.#options;
    return lossless ? new AbortController().signal : AbortSignal.timeout(timeoutMs);
  }

  #now(window: Window): number {
    return Math.max(this.#options.now(), window.offset ?? window.apex);
  }
}

/** The images that are stored once flow was measured. */
function imagesOf({ images }: FlowReport): ('onset' | 'apex' | 'flow' | 'motion')[] {
  return ['onset', 'apex', ...(['flow', 'motion'] as const).filter((name) => images?.[name])];
}
