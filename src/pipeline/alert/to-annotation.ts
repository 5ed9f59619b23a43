import type { Annotation, FailureReason, RegionMotion } from '../../events/schema.js';
import type { FlowReport } from '../../flow/contract.js';
import type { Description } from '../../llm/contract.js';
import type { AlertState } from './alert-state.js';

/** Flow, or why there is none: `failure` is absent where the stage doesn't run or the alert was withdrawn. */
export interface Measured {
  readonly report?: FlowReport | undefined;
  readonly failure?: FailureReason | undefined;
}

/** MELLM's text, or why there is none. */
export interface Described {
  readonly description?: Description | undefined;
  readonly failure?: FailureReason | undefined;
}

/** An alert that is complete, or as complete as it gets. */
export interface FinishedAlert {
  readonly id: string;
  readonly session: string;
  /** Milliseconds from the arrival of the apex frame to the alert; null where it is no longer known. */
  readonly spotMs: number | null;
  readonly state: Pick<AlertState, 'window' | 'withdrawn'>;
  readonly measured: Measured;
  readonly described: Described;
}

/** The closed annotation of an alert. */
export function toAnnotation({ id, session, spotMs, state, measured, described }: FinishedAlert): Annotation {
  const { window, withdrawn } = state;
  const { report } = measured;
  const { description } = described;
  const missing = withdrawn === undefined ? missingParts(window.offset, report, description) : [];
  const reasons = {
    ...(report || !measured.failure ? {} : { flow: measured.failure }),
    ...(description || !described.failure ? {} : { mellm: described.failure }),
  };
  return {
    id,
    session,
    face: window.face,
    kind: window.kind,
    onset: window.onset,
    apex: window.apex,
    offset: window.offset ?? null,
    score: window.score,
    aus: description ? [...description.aus] : [],
    emotion: description?.emotion ?? null,
    rois: report?.rois.map(roundRegion) ?? [],
    text: description?.text ?? '',
    source: { flow: report?.source ?? null, mellm: description?.source ?? null },
    latency_ms: { spot: spotMs, flow: roundMs(report?.ms), mellm: roundMs(description?.ms) },
    ...(missing.length > 0 ? { incomplete: missing } : {}),
    ...(withdrawn === undefined && Object.keys(reasons).length > 0 ? { failure_reason: reasons } : {}),
    ...(withdrawn === undefined ? {} : { withdrawn }),
  };
}

/** A region's motion without digits below its precision. */
export function roundRegion(region: RegionMotion): RegionMotion {
  return {
    ...region,
    mean_magnitude: Number(region.mean_magnitude.toFixed(4)),
    max_magnitude: Number(region.max_magnitude.toFixed(4)),
    angle_deg: region.angle_deg === null ? null : Number(region.angle_deg.toFixed(1)),
    concentration: Number(region.concentration.toFixed(3)),
    ...(region.sigma === undefined ? {} : { sigma: Number(region.sigma.toFixed(4)) }),
  };
}

function missingParts(
  offset: number | undefined,
  report: FlowReport | undefined,
  description: Description | undefined,
): NonNullable<Annotation['incomplete']> {
  return [
    ...(offset === undefined ? ['offset' as const] : []),
    ...(report ? [] : ['flow' as const]),
    ...(description ? [] : ['mellm' as const]),
  ];
}

function roundMs(value: number | undefined): number | null {
  return value === undefined ? null : Number(value.toFixed(1));
}
