import { Hono } from 'hono';
import { markerCsvRow, MARKER_CSV_HEADER, newMarkerSchema, markerSchema, type Marker, type NewMarker } from '../../events/mod.js';
import type { EventBus } from '../../events/bus/mod.js';
import { plainWords } from '../../config/mod.js';
import type { Store } from '../../store/mod.js';
import type { MarkerRefusal } from '../sessions/session-markers.js';
import type { Sessions } from '../sessions/sessions.js';
import { readBody } from './body.js';
import { badRequest, notFound, ProblemError } from './problem.js';

/** Largest body of a request, bytes. */
const MAX_BODY_BYTES = 4096;
/** Events read at a time. */
const PAGE = 256;

/** Sets a marker in a live session of another process; undefined where there is none. */
export type MarkElsewhere = (session: string, marker: NewMarker, arrived: number) => Promise<Marker | MarkerRefusal | undefined>;

export interface MarkerRoutesOptions {
  readonly sessions: Pick<Sessions, 'get'>;
  readonly store: Pick<Store, 'get'>;
  readonly bus: Pick<EventBus, 'replay'>;
  readonly markElsewhere?: MarkElsewhere | undefined;
}

const REFUSALS: Readonly<Record<MarkerRefusal, string>> = {
  too_many_markers: 'this session has as many markers as one may have; start another session',
  no_frame_yet: 'no frame has been analysed yet, so there is no media time; set markers once session.started was sent',
  out_of_range: 'the time lies before the first frame or more than a minute after the last one',
  no_wall_clock: 'a recording has no wall-clock time: give t, in media seconds',
};

/** `/api/sessions/{id}/markers`: what an experiment tells of trials, stimuli and responses. */
export function markerRoutes({ sessions, store, bus, markElsewhere }: MarkerRoutesOptions): Hono {
  const app = new Hono();
  app.post('/api/sessions/:id/markers', async (context) => {
    // Before the body is read: a slow sender must not move the marker.
    const arrived = Date.now();
    const id = context.req.param('id');
    const wanted = parsed(await readBody(context, MAX_BODY_BYTES));
    const active = sessions.get(id);
    const set = active ? active.markers.add(wanted, arrived) : await markElsewhere?.(id, wanted, arrived);
    if (set === undefined) throw notFound('live session with this id');
    if (typeof set === 'string') throw new ProblemError({ status: 409, title: 'Conflict', code: set, detail: REFUSALS[set] });
    return context.json(set, 201, { 'cache-control': 'no-store' });
  });
  app.get('/api/sessions/:id/markers', async (context) => {
    const id = context.req.param('id');
    if (!(await store.get(id))) throw notFound('session with this id');
    const format = context.req.query('format') ?? 'json';
    const markers = await markersOf(bus, id);
    if (format === 'json') return context.json(markers, 200, { 'cache-control': 'no-store' });
    if (format !== 'csv') throw badRequest('bad_format', 'format must be json or csv');
    return context.body(MARKER_CSV_HEADER + markers.map(markerCsvRow).join(''), 200, {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="${id}-markers.csv"`,
      'cache-control': 'no-store',
    });
  });
  return app;
}

/** The markers of a session in the order of their setting, from its events. */
export async function markersOf(bus: Pick<EventBus, 'replay'>, session: string): Promise<Marker[]> {
  const markers: Marker[] = [];
  for (let since = 0; ;) {
    const { events } = await bus.replay(session, since, PAGE);
    for (const event of events) {
      if (event.type !== 'marker') continue;
      // Without what only the event has.
      markers.push(markerSchema.parse(event));
    }
    const last = events.at(-1);
    if (!last || events.length < PAGE) return markers;
    since = last.seq;
  }
}

/** @throws ProblemError 400 */
function parsed(text: string): NewMarker {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  const result = newMarkerSchema.safeParse(body, { error: plainWords });
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw badRequest(
    'bad_marker',
    `the body must be JSON such as {"code": "onset", "trial": "12", "stimulus": "film_3"}: ${[issue?.path.join('.'), issue?.message].filter(Boolean).join(' ')}`,
  );
}
