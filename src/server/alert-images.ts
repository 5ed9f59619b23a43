import { CROP_SIZE } from '../face/contract.js';
import type { FlowReport } from '../flow/contract.js';
import { encodePng } from '../flow/mod.js';
import type { CropPair } from '../pipeline/vision/vision.js';
import type { Store } from '../store/mod.js';

/** Keeps the onset and apex crops of an annotation, and the flow's maps where there are any, as PNG in the store. */
export async function keepImages(
  store: Store,
  session: string,
  annotation: string,
  pair: CropPair,
  report: FlowReport | undefined,
): Promise<void> {
  const encode = (luma: Uint8Array): Promise<Uint8Array<ArrayBuffer>> => encodePng(luma, CROP_SIZE, CROP_SIZE);
  const [onset, apex] = await Promise.all([encode(pair.onset), encode(pair.apex)]);
  store.addImage(session, annotation, 'onset', onset);
  store.addImage(session, annotation, 'apex', apex);
  for (const name of ['flow', 'motion'] as const) {
    const png = report?.images?.[name];
    if (png) store.addImage(session, annotation, name, png);
  }
}
