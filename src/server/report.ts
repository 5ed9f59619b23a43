import { sessionReport } from '../report/mod.js';
import { IMAGE_NAMES, type ImageName, type SessionRecord, type Store } from '../store/mod.js';

/** Bytes of pictures in a report at most; base64 makes a third more of them. */
const MOST_PICTURES = 48 * 2 ** 20;

/** The report of a session as it is now, with the pictures that are still held. */
export async function reportOf(store: Store, session: SessionRecord): Promise<string> {
  const annotations = await store.annotations(session.id);
  const images = new Map<string, Map<ImageName, Uint8Array>>();
  let bytes = 0;
  let imagesLeftOut = 0;
  for (const { id, withdrawn } of annotations) {
    if (withdrawn !== undefined) continue;
    const held = new Map<ImageName, Uint8Array>();
    for (const name of IMAGE_NAMES) {
      const png = await store.image(id, name);
      if (!png) continue;
      if (bytes + png.byteLength > MOST_PICTURES) { imagesLeftOut++; continue; }
      bytes += png.byteLength;
      held.set(name, png);
    }
    if (held.size > 0) images.set(id, held);
  }
  return sessionReport({ session, annotations, images, imagesLeftOut, made: new Date() });
}
