import { CROP_SIZE } from '../../../../src/face/mod.js';
import { separateHead, type FlowEstimator } from '../../../../src/flow/mod.js';
import { DenseLucasKanade } from '../../../baselines/dense-flow.js';
import type { FacePicture } from './moving-pairs.js';

/** Planes u, v of the crop, one after the other, crop px. */
export type Planes = Float32Array;
type Picture = Pick<FacePicture, 'crop' | 'landmarks'>;

/** A way to measure flow; `expression` is what is left without the head. */
export interface FlowMethod {
  flow(onset: Picture, apex: Picture): Promise<{ readonly facial: Planes; readonly expression: Planes }>;
}

/** The product's chain, and a classical method beside it, which knows nothing of heads. */
export function flowMethods(estimator: FlowEstimator): Readonly<Record<string, FlowMethod>> {
  const kanade = new DenseLucasKanade(CROP_SIZE);
  return {
    meflow: {
      flow: async (onset, apex) => {
        const estimate = await estimator.estimateGuided({
          session: 'eval',
          annotation: 'real',
          onsetCrop: onset.crop,
          apexCrop: apex.crop,
          landmarks: onset.landmarks,
          apexLandmarks: apex.landmarks,
        });
        return { facial: estimate.facial, expression: separateHead(estimate, onset.landmarks).expression.data };
      },
    },
    lucas_kanade: {
      flow: (onset, apex) => {
        const { u, v } = kanade.flow(kanade.pyramid(onset.crop), kanade.pyramid(apex.crop));
        const facial = new Float32Array([...u, ...v]);
        return Promise.resolve({ facial, expression: facial });
      },
    },
  };
}
