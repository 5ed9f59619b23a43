import type { Annotation } from '../../events/schema.js';
import type { SpotterEvent, Window } from '../../spotting/contract.js';

/** Why the spotter took an alert back. */
type Withdrawal = NonNullable<Annotation['withdrawn']>;

/** Media seconds between which flow is measured. */
export type Boundaries = Pick<Window, 'onset' | 'apex'>;

/** The spotter's events about one window. */
export type WindowEvent = Extract<SpotterEvent, { readonly window: Window }>;

/**
 * An alert from its first to its last window event. Pure: no clock, no I/O.
 *
 *     opened ──► open ── closed, withdrawn ──► final ──► annotation.closed
 *                 └┘ updated
 */
export interface AlertState {
  /** `open`: the boundaries may still move. `final`: they don't; flow and text are being completed. */
  readonly phase: 'open' | 'final';
  readonly window: Window;
  /** Boundaries of the latest flow measurement; absent where none was started. */
  readonly measured: Boundaries | undefined;
  readonly withdrawn: Withdrawal | undefined;
}

/** What a window event changes. */
interface AlertStep {
  readonly state: AlertState;
  /** Fields of the window that differ from what was published before. */
  readonly change: Partial<Pick<Window, 'kind' | 'onset' | 'apex' | 'offset' | 'score'>>;
  /** Flow has to be measured between the new boundaries. */
  readonly measure: boolean;
}

/** Boundaries that moved by less keep the flow already measured, seconds. */
const SAME_FRAME = 0.02;

/** The state of a window that has just opened. @param measures whether its flow is measured; not under overload */
export function openAlert(window: Window, measures: boolean): AlertState {
  const rounded = roundWindow(window);
  return { phase: 'open', window: rounded, measured: measures ? boundariesOf(rounded) : undefined, withdrawn: undefined };
}

/** The step that an event makes; undefined where the boundaries are final already. */
export function advanceAlert(state: AlertState, event: WindowEvent): AlertStep | undefined {
  if (state.phase === 'final') return undefined;
  const window = roundWindow(event.window);
  const withdrawn = event.type === 'withdrawn' ? event.reason : undefined;
  const measure = state.measured !== undefined && withdrawn === undefined && hasMoved(state.measured, window);
  return {
    state: {
      phase: event.type === 'closed' || event.type === 'withdrawn' ? 'final' : 'open',
      window,
      measured: measure ? boundariesOf(window) : state.measured,
      withdrawn,
    },
    change: changeOf(state.window, window),
    measure,
  };
}

/** Whether a measurement between these boundaries is the latest one. */
export function isCurrent({ measured }: AlertState, { onset, apex }: Boundaries): boolean {
  return measured?.onset === onset && measured.apex === apex;
}

function boundariesOf({ onset, apex }: Window): Boundaries {
  return { onset, apex };
}

function hasMoved(measured: Boundaries, { onset, apex }: Window): boolean {
  return Math.max(Math.abs(measured.onset - onset), Math.abs(measured.apex - apex)) > SAME_FRAME;
}

function changeOf(before: Window, { kind, onset, apex, offset, score }: Window): AlertStep['change'] {
  return {
    ...(kind === before.kind ? {} : { kind }),
    ...(onset === before.onset ? {} : { onset }),
    ...(apex === before.apex ? {} : { apex }),
    ...(offset === undefined || offset === before.offset ? {} : { offset }),
    ...(score === before.score ? {} : { score }),
  };
}

/** Times to a tenth of a millisecond, the score to a thousandth: further digits carry no information. */
function roundWindow(window: Window): Window {
  const time = (t: number): number => Math.round(t * 1e4) / 1e4;
  return {
    ...window,
    onset: time(window.onset),
    apex: time(window.apex),
    score: Math.round(window.score * 1e3) / 1e3,
    ...(window.offset === undefined ? {} : { offset: time(window.offset) }),
  };
}
