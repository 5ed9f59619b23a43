import type { Annotation } from '../../events/mod.js';
import { sessionReport, type Pictures } from '../../events/report/mod.js';
import { IMAGE_NAMES, type ImageName, type SessionRecord, type Store } from '../../store/mod.js';
import { annotationPages } from './annotation-pages.js';

/** Bytes of images in a report; base64 adds a third. */
const MAX_IMAGE_BYTES = 48 * 2 ** 20;

/** Streams the report of a session, with the images that are still stored. */
export async function* reportOf(store: Pick<Store, 'annotations' | 'image'>, session: SessionRecord): AsyncGenerator<string> {
  const annotations: Annotation[] = [];
  for await (const page of annotationPages(store, session.id)) {
    annotations.push(...page);
    // Nothing to send yet; yields to other work of the main loop.
    yield '';
  }
  let bytes = 0;
  let leftOut = 0;
  const picturesOf = async (annotation: string): Promise<Pictures> => {
    const held = new Map<ImageName, Uint8Array>();
    for (const name of IMAGE_NAMES) {
      const png = await store.image(annotation, name);
      if (!png) continue;
      if (bytes + png.byteLength > MAX_IMAGE_BYTES) {
        leftOut++;
        continue;
      }
      bytes += png.byteLength;
      held.set(name, png);
    }
    return held;
  };
  yield* sessionReport({ session, annotations, made: new Date() }, picturesOf, () => leftOut);
}
