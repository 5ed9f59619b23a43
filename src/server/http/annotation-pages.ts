import type { Annotation } from '../../events/mod.js';
import type { Store } from '../../store/mod.js';

/** Annotations per page: reading and writing one takes the main loop a few milliseconds. */
const PAGE = 32;

/** All annotations of a session in the order of their closing, a page at a time, each once. */
export async function* annotationPages(store: Pick<Store, 'annotations'>, session: string): AsyncGenerator<readonly Annotation[]> {
  // One that was read from the write queue may be read again from the database.
  const seen = new Set<string>();
  for (let after: string | undefined; ;) {
    const page: readonly Annotation[] = await store.annotations(session, { limit: PAGE, after });
    const fresh = page.filter(({ id }) => !seen.has(id));
    for (const { id } of fresh) seen.add(id);
    if (fresh.length > 0) yield fresh;
    if (page.length < PAGE || fresh.length === 0) return;
    after = page.at(-1)?.id;
  }
}
