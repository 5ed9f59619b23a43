import type { ActionUnit, Annotation, Emotion, Event, Kind, RegionMotion } from '../../../src/events/schema.js';
import type { ImageName } from '../../../clients/javascript/src/index.js';

/** `open`: still being watched or described. `incomplete`: final, but something is missing. */
type AlertStatus = 'open' | 'final' | 'incomplete' | 'withdrawn';

/** One alert as its card shows it: what the events said so far. Times are media seconds. */
export interface Alert {
  readonly id: string;
  readonly session: string;
  readonly face: string;
  readonly kind: Kind;
  readonly status: AlertStatus;
  readonly onset: number;
  readonly apex: number;
  readonly offset: number | null;
  readonly score: number | null;
  readonly rois: readonly RegionMotion[];
  readonly head: { readonly u: number; readonly v: number; readonly rotation: number } | null;
  /** Pictures that the server has; undefined while nobody said, and then the server is asked when the alert is final. */
  readonly images: readonly ImageName[] | undefined;
  /** MELLM's text, as far as it has come. */
  readonly text: string;
  /** True while text may still come. */
  readonly streaming: boolean;
  readonly aus: readonly ActionUnit[];
  readonly emotion: Emotion | null;
  readonly source: Annotation['source'] | null;
  readonly latency: Annotation['latency_ms'] | null;
  readonly incomplete: readonly string[];
  readonly withdrawn: Annotation['withdrawn'] | undefined;
}

/** Longest text kept of a stream; the schema bounds the final one likewise. */
const MAX_TEXT = 32_768;

/** The annotation that an event is about; undefined for all other events. */
export function alertId(event: Event): string | undefined {
  if (event.type === 'annotation.opened' || event.type === 'annotation.updated') return event.annotation;
  return event.type === 'annotation.closed' ? event.annotation.id : undefined;
}

/** The alert after an event about it. An update of an alert that was never opened (a replay cut short) makes none. */
export function applyToAlert(alert: Alert | undefined, event: Event): Alert | undefined {
  switch (event.type) {
    case 'annotation.opened':
      return (
        alert ?? {
          id: event.annotation,
          session: event.session,
          face: event.face,
          kind: event.kind,
          status: 'open',
          onset: event.onset,
          apex: event.apex,
          offset: null,
          score: event.score ?? null,
          rois: [],
          head: null,
          images: undefined,
          text: '',
          streaming: false,
          aus: [],
          emotion: null,
          source: null,
          latency: null,
          incomplete: [],
          withdrawn: undefined,
        }
      );
    case 'annotation.updated':
      return alert?.status !== 'open'
        ? alert
        : {
            ...alert,
            kind: event.kind ?? alert.kind,
            onset: event.onset ?? alert.onset,
            apex: event.apex ?? alert.apex,
            offset: event.offset ?? alert.offset,
            score: event.score ?? alert.score,
            ...(event.flow ? { rois: event.flow.rois, head: event.flow.head, images: event.flow.images } : {}),
            ...(event.mellm ? { text: (alert.text + event.mellm.delta).slice(0, MAX_TEXT), streaming: true } : {}),
          };
    case 'annotation.closed': {
      const { annotation } = event;
      const incomplete = annotation.incomplete ?? [];
      return {
        id: annotation.id,
        session: annotation.session,
        face: annotation.face,
        kind: annotation.kind,
        status: annotation.withdrawn ? 'withdrawn' : incomplete.length > 0 ? 'incomplete' : 'final',
        onset: annotation.onset,
        apex: annotation.apex,
        offset: annotation.offset,
        score: annotation.score,
        rois: annotation.rois,
        head: alert?.head ?? null,
        images: alert?.images,
        text: annotation.text,
        streaming: false,
        aus: annotation.aus,
        emotion: annotation.emotion,
        source: annotation.source,
        latency: annotation.latency_ms,
        incomplete,
        withdrawn: annotation.withdrawn,
      };
    }
    default:
      return alert;
  }
}

/** Whether there is more to read than that something moved. */
export function hasFindings({ status, rois, text }: Alert): boolean {
  return status === 'final' || status === 'incomplete' || (status === 'open' && (rois.length > 0 || text !== ''));
}

/** Strongest regions first: those that a reader wants to see. */
export function strongest(rois: readonly RegionMotion[]): RegionMotion[] {
  return [...rois].sort((one, other) => other.mean_magnitude - one.mean_magnitude);
}

/** One sentence for a screen reader. */
export function announce(alert: Alert): string {
  const what = alert.kind === 'micro' ? 'Micro-expression' : 'Longer expression';
  return `${what} on face ${alert.face.replace(/^\D+/, '')} at ${alert.apex.toFixed(1)} seconds.`;
}
