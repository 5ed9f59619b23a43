import type { Review } from '../events/review-schema.js';
import type { DurableEvent } from '../events/schema.js';
import type { Row, Write } from './backend.js';
import type { ReviewPage, SeriesBlock, SeriesPage, SessionRecord, StoredReview } from './store.js';

/** A session as the tables hold it, as `GET /api/sessions/{id}` shows it. */
export function sessionOf(row: Row): SessionRecord {
  const text = (name: string): string | null => (typeof row[name] === 'string' ? row[name] : null);
  const json = (name: string): unknown => JSON.parse(text(name) ?? 'null');
  return {
    id: text('id') ?? '',
    name: text('name') ?? '',
    state: row['state'] === 'live' ? 'live' : 'ended',
    started: text('started') ?? '',
    ended: text('ended'),
    reason: text('reason'),
    video: json('video') as SessionRecord['video'],
    totals: json('totals') as SessionRecord['totals'],
    annotations: { micro: Number(row['micro']), macro: Number(row['macro']) },
    made_with: json('made_with') as SessionRecord['made_with'],
  };
}

export const bodyOf = (row: Row): unknown => JSON.parse(String(row['body']));

/** @param writer whom the session counts against */
export function beginWrites({ id, name, started, made_with }: SessionRecord, writer: string | null): Write[] {
  return [{ statement: 'session', params: [id, name, started, made_with === null ? null : JSON.stringify(made_with), writer] }];
}

/** An event and what follows from it; they belong into one transaction. @param at when it happened, ISO 8601 */
export function eventWrites(event: DurableEvent, at: string): Write[] {
  const writes: Write[] = [{ statement: 'event', params: [event.session, event.seq, JSON.stringify(event)] }];
  if (event.type === 'session.started') writes.push({ statement: 'video', params: [JSON.stringify(event.video), event.session] });
  if (event.type === 'session.ended')
    writes.push({ statement: 'end', params: [at, event.reason, JSON.stringify(event.totals), event.session] });
  if (event.type === 'annotation.closed') {
    const { id, session, kind, withdrawn } = event.annotation;
    writes.push({ statement: 'annotation', params: [id, session, event.seq, kind, withdrawn ?? null, JSON.stringify(event.annotation)] });
  }
  return writes;
}

export function seriesWrites(session: string, { from, face, until, data }: SeriesBlock): Write[] {
  return [{ statement: 'series', params: [session, from, face, until, data] }];
}

export function seriesParams(session: string, { from, until, limit, after }: SeriesPage): (string | number)[] {
  // No block begins before the first frame.
  return [session, from, until, after?.from ?? -1, after?.face ?? '', limit];
}

export function blockOf(row: Row): SeriesBlock {
  const data = row['data'];
  return {
    from: Number(row['begin_ms']),
    face: String(row['face']),
    until: Number(row['until_ms']),
    data: data instanceof Uint8Array ? data : new Uint8Array(),
  };
}

export function reviewWrites(session: string, { owner, review }: StoredReview): Write[] {
  return [{ statement: 'review', params: [session, review.coder, review.entry, owner, JSON.stringify(review)] }];
}

export function reviewDrops(session: string, coder: string, entry: string | undefined): Write[] {
  if (entry === undefined) return [{ statement: 'dropCoder', params: [session, coder] }];
  return [{ statement: 'dropReview', params: [session, coder, entry] }];
}

/** The statement and parameters of a page of reviews. */
export function reviewRead(session: string, { coder, after, limit }: ReviewPage): readonly ['reviews' | 'reviewsOf', (string | number)[]] {
  return coder === undefined
    ? ['reviews', [session, after?.coder ?? '', after?.entry ?? '', limit]]
    : ['reviewsOf', [session, coder, after?.entry ?? '', limit]];
}

export const reviewOf = (row: Row): StoredReview => ({ owner: String(row['owner']), review: bodyOf(row) as Review });

/** The session that a write belongs to. */
export function sessionOfWrite({ statement, params }: Write): unknown {
  switch (statement) {
    case 'session':
    case 'event':
    case 'series':
    case 'review':
    case 'dropReview':
    case 'dropCoder':
      return params[0];
    case 'annotation':
      return params[1];
    case 'image':
      return params[2];
    case 'video':
    case 'totals':
    case 'bytes':
    case 'end':
      return params.at(-1);
    case 'dropOldestImages':
    case 'seen':
      return undefined;
  }
}
