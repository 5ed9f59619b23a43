import type { Dataset, DatasetClip, TruthEvent } from '../../datasets/mod.js';
import type { FlowReport } from '../../../src/flow/mod.js';
import type { InstructPair } from '../descriptions/instruct-split.js';
import { categoryOf } from './emotion-category.js';
import { PicturePairs } from './picture-pairs.js';

/** Coded micro-expressions as the recognition's evaluation takes them. */
export interface CodedPairs {
  readonly pairs: readonly InstructPair[];
  readonly troubles: readonly string[];
}

/** Measures flow from onset to apex of every coded micro-expression that has both. */
export async function codedPairs(
  dataset: Dataset,
  limit = Infinity,
  onProgress?: (done: number, total: number) => void,
): Promise<CodedPairs> {
  const coded = dataset.clips
    .flatMap((clip) =>
      clip.truth.flatMap((truth) =>
        truth.kind === 'micro' && truth.apex !== undefined && truth.apex > truth.onset ? [{ clip, truth, apex: truth.apex }] : [],
      ),
    )
    .slice(0, limit);
  const pairs: InstructPair[] = [];
  const troubles: string[] = [];
  const pictures = await PicturePairs.start();
  try {
    for (const [i, { clip, truth, apex }] of coded.entries()) {
      try {
        pairs.push(pairOf(clip, truth, await pictures.measure(clip, truth.onset, apex)));
      } catch (error) {
        troubles.push(`${clip.id}: ${error instanceof Error ? error.message : String(error)}`);
      }
      onProgress?.(i + 1, coded.length);
    }
  } finally {
    await pictures.close();
  }
  return { pairs, troubles };
}

function pairOf(clip: DatasetClip, truth: TruthEvent, { rois }: FlowReport): InstructPair {
  const label = categoryOf(truth.emotion ?? '');
  return {
    id: `${clip.id}@${truth.onset.toFixed(3)}`,
    identity: clip.person,
    rois: [...rois],
    // Without coded units a pair says something of the category only.
    kind: truth.aus.length > 0 ? 'units' : 'category',
    units: truth.aus.map(({ au, side }) => ({ au, side })),
    category: { label },
    decided: label !== 'other',
  };
}
