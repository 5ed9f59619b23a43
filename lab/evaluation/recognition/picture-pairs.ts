import type { DatasetClip } from '../../datasets/mod.js';
import { loadFaceModels, type FaceModels } from '../../../src/face/mod.js';
import { FlowEstimator, readRgb, type FlowReport } from '../../../src/flow/mod.js';
import { EvaluationError } from '../evaluation-error.js';
import { pictureAt } from '../clips/clip-source.js';
import { alignPair } from '../../../src/cli/align-pair.js';

/** Flow between two moments of clips of pictures: what recognition reads. */
export class PicturePairs {
  readonly #models: FaceModels;
  readonly #flow: FlowEstimator;

  private constructor(models: FaceModels, flow: FlowEstimator) {
    this.#models = models;
    this.#flow = flow;
  }

  static async start(): Promise<PicturePairs> {
    const models = loadFaceModels();
    // One pair a batch, on the CPU: the same metrics on every run.
    return new PicturePairs(models, await FlowEstimator.start({ device: 'cpu', maxBatch: 1, maxWait: 0 }));
  }

  /** Flow from the picture at `onset` to the one at `apex`, seconds. @throws {EvaluationError} `clip_unreadable` where no face is found */
  async measure({ id, source }: Pick<DatasetClip, 'id' | 'source'>, onset: number, apex: number): Promise<FlowReport> {
    if (source.kind !== 'images')
      throw new EvaluationError('clip_unreadable', `${id} is a video; recognition is evaluated on clips of pictures`);
    const paths = { onset: pictureAt(source, onset), apex: pictureAt(source, apex) };
    const pair = alignPair(this.#models, await readRgb(paths.onset), await readRgb(paths.apex));
    if ('missing' in pair) throw new EvaluationError('clip_unreadable', `no face was found in ${paths[pair.missing]}`);
    return await this.#flow.measure({
      session: 'eval',
      annotation: id,
      onsetCrop: pair.crops.onset,
      apexCrop: pair.crops.apex,
      landmarks: pair.landmarks,
      apexLandmarks: pair.apexLandmarks,
      includeImages: false,
    });
  }

  async close(): Promise<void> {
    this.#models.close();
    await this.#flow.close();
  }
}
