import type { Annotation, NewReview, Review } from '../../../clients/javascript/src/index.js';

/** An alert or an added window, with what the coder said of it. */
export interface ReviewItem {
  /** The alert's id, or the coder's own. */
  readonly entry: string;
  readonly alert: Annotation | undefined;
  readonly review: Review | NewReview | undefined;
  /** Boundaries, kind, units and category as they stand now. */
  readonly now: Pick<NewReview, 'face' | 'kind' | 'onset' | 'apex' | 'offset' | 'aus' | 'category'>;
  readonly score: number | undefined;
  /** What other coders say, if they are shown. */
  readonly others: readonly Review[];
}

export interface Filter {
  readonly kind: 'all' | 'micro' | 'macro';
  readonly state: 'all' | 'open' | 'accepted' | 'rejected' | 'added' | 'disagreement';
  /** Lowest score of an alert. */
  readonly score: number;
  /** Number of an action unit; empty: any. */
  readonly unit: string;
}

export const NO_FILTER: Filter = { kind: 'all', state: 'all', score: 0, unit: '' };

/** What a coder starts from: the alert as the machine saw it. */
export function fromAlert({ face, kind, onset, apex, offset, aus, emotion }: Annotation): ReviewItem['now'] {
  return {
    face,
    kind,
    onset,
    apex,
    offset: Math.max(apex, offset ?? apex),
    aus: aus.map(({ au, side }) => ({ au, side })),
    category: emotion?.label ?? null,
  };
}

/** All alerts and added windows in the order of their onset. */
export function itemsOf(
  alerts: readonly Annotation[],
  reviews: ReadonlyMap<string, Review | NewReview>,
  others: readonly Review[],
): ReviewItem[] {
  const byAlert = new Map<string, Review[]>();
  for (const other of others)
    if (other.annotation !== null) byAlert.set(other.annotation, [...(byAlert.get(other.annotation) ?? []), other]);
  const known = new Set(alerts.map(({ id }) => id));
  const items = alerts.map((alert): ReviewItem => {
    const review = reviews.get(alert.id);
    return { entry: alert.id, alert, review, now: review ?? fromAlert(alert), score: alert.score, others: byAlert.get(alert.id) ?? [] };
  });
  for (const [entry, review] of reviews)
    if (!known.has(entry)) items.push({ entry, alert: undefined, review, now: review, score: undefined, others: [] });
  return items.sort((a, b) => a.now.onset - b.now.onset);
}

export function passes(item: ReviewItem, { kind, state, score, unit }: Filter): boolean {
  if (kind !== 'all' && item.now.kind !== kind) return false;
  if (item.score !== undefined && item.score < score) return false;
  if (unit !== '' && !item.now.aus.some(({ au }) => au === `AU${unit}`)) return false;
  if (state === 'all') return true;
  if (state === 'open') return item.review === undefined;
  if (state === 'disagreement') return item.others.some(({ verdict }) => item.review !== undefined && verdict !== item.review.verdict);
  return item.review?.verdict === state;
}

/** The next item that needs a verdict, after `entry` and then from the start; else the one after it. */
export function nextOpen(items: readonly ReviewItem[], entry: string): ReviewItem | undefined {
  const at = items.findIndex((item) => item.entry === entry);
  const following = [...items.slice(at + 1), ...items.slice(0, Math.max(0, at))];
  return following.find(({ review }) => review === undefined) ?? items[at + 1];
}

/** A boundary moved to `t`; the others give way where it would pass them. */
export function moved(now: ReviewItem['now'], edge: 'onset' | 'apex' | 'offset', t: number): ReviewItem['now'] {
  const at = Math.max(0, Math.round(t * 1000) / 1000);
  if (edge === 'onset') return { ...now, onset: at, apex: Math.max(at, now.apex), offset: Math.max(at, now.offset) };
  if (edge === 'offset') return { ...now, offset: at, apex: Math.min(at, now.apex), onset: Math.min(at, now.onset) };
  return { ...now, apex: at, onset: Math.min(at, now.onset), offset: Math.max(at, now.offset) };
}
