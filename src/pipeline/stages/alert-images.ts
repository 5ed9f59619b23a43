import { CROP_SIZE } from '../../face/contract.js';
import type { FlowReport } from '../../flow/contract.js';
import { encodePng } from '../../flow/mod.js';
import type { CropPair } from '../vision/vision.js';
import type { Store } from '../../store/mod.js';

/** Stores the onset and apex crops of an annotation as PNG, and the flow and motion maps if the report has them. */
export async function storeImages(
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
