import type { Review } from '../../events/mod.js';
import type { Store } from '../../store/mod.js';

/** Reviews per page: some milliseconds of the main loop. */
const PAGE = 200;

/** The reviews of some coders, a page at a time. */
export async function* reviewPages(
  store: Pick<Store, 'reviews'>,
  session: string,
  coders: readonly string[],
): AsyncGenerator<readonly Review[]> {
  for (const coder of coders) {
    for (let after: Review | undefined; ;) {
      const page = (await store.reviews(session, { coder, after, limit: PAGE })).map(({ review }) => review);
      if (page.length > 0) yield page;
      if (page.length < PAGE) break;
      after = page.at(-1);
    }
  }
}
