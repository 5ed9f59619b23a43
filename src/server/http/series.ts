import { Hono } from 'hono';
import { z } from 'zod';
import { plainWords } from '../../config/mod.js';
import type { SeriesFace } from '../../events/mod.js';
import { CURVE_NAMES, decodeBlock, viewFace } from '../../pipeline/mod.js';
import type { SeriesBlock, Store } from '../../store/mod.js';
import { badRequest, notFound } from './problem.js';
import { Turns } from './turns.js';

/** Blocks that are read at once: some minutes of a face. */
const PAGE = 32;
/** Media milliseconds beyond which there is nothing. */
const END = 2 ** 40;
/** Curves that are returned unless others are asked for. */
export const DEFAULT_CURVES = 'score,threshold,quality,motion';
/** Points of a curve at most. */
export const MAX_POINTS = 4000;

const querySchema = z.object({
  from: z.coerce.number().min(0).default(0),
  to: z.coerce.number().min(0).optional(),
  points: z.coerce.number().int().min(2).max(MAX_POINTS).default(1000),
  curves: z.string().default(DEFAULT_CURVES),
});

/** The curves of a session at any zoom. */
export function seriesRoutes(store: Store): Hono {
  const app = new Hono();
  // An hour of a face takes a while to decode: block by block, other work runs in between.
  const turns = new Turns();
  app.get('/api/sessions/:id/series', async (context) => {
    const query = querySchema.safeParse(context.req.query(), { error: plainWords });
    if (!query.success)
      throw badRequest('bad_query', query.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; '));
    const { from, to = END / 1000, points } = query.data;
    const curves = query.data.curves.split(',');
    const unknown = curves.find((name) => !CURVE_NAMES.includes(name));
    if (unknown !== undefined) throw badRequest('bad_curve', `unknown curve ${unknown}; use ${CURVE_NAMES.join(', ')}`);
    const id = context.req.param('id');
    if (!(await store.get(id))) throw notFound('session with this id');
    const [blocks, annotations] = await Promise.all([readBlocks(store, id, from, to), store.annotations(id)]);
    const faces: SeriesFace[] = [];
    for (const [face, own] of blocks) {
      const all: ReturnType<typeof decodeBlock> = [];
      for (const { data } of own) all.push(...(await turns.take(() => Promise.resolve(decodeBlock(data)))));
      faces.push(await turns.take(() => Promise.resolve(viewFace(face, all, { from, to, points, curves, annotations }))));
    }
    const last = Math.max(0, ...[...blocks.values()].flatMap((own) => own.map(({ until }) => until))) / 1000;
    return context.json({ session: id, from, to: Math.min(to, last), faces }, 200, { 'cache-control': 'no-store' });
  });
  return app;
}

async function readBlocks(store: Store, session: string, from: number, to: number): Promise<Map<string, SeriesBlock[]>> {
  const faces = new Map<string, SeriesBlock[]>();
  let after: SeriesBlock | undefined;
  for (;;) {
    const page = await store.series(session, { from: Math.floor(from * 1000), until: Math.ceil(to * 1000), limit: PAGE, after });
    for (const block of page) {
      const own = faces.get(block.face);
      if (own) own.push(block);
      else faces.set(block.face, [block]);
    }
    after = page.at(-1);
    if (page.length < PAGE) return faces;
  }
}
