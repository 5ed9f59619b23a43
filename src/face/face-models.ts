import { OnnxRunner, readFaceModels } from '../runtime/inference/mod.js';
import { DETECTOR_OUTPUTS, FaceDetector, type DetectorOptions } from './detector.js';
import { LandmarkModel, MESH_OUTPUTS } from './mesh.js';

/** The networks that the trackers of one thread share. */
export interface FaceModels {
  readonly detector: FaceDetector;
  readonly landmarks: LandmarkModel;
  /** Frees the sessions. Idempotent. */
  close(): void;
}

/**
 * Loads the shipped face models; once a worker thread, about 40 ms.
 *
 * @throws {ModelError} if a file is missing or its SHA-256 differs from its card
 */
export function loadFaceModels(options: { readonly detector?: DetectorOptions } = {}): FaceModels {
  const { blazeface, facemesh } = readFaceModels();
  const detector = new OnnxRunner(blazeface.path, DETECTOR_OUTPUTS);
  const mesh = new OnnxRunner(facemesh.path, MESH_OUTPUTS);
  return {
    detector: new FaceDetector(detector, options.detector),
    landmarks: new LandmarkModel(mesh),
    close: () => {
      detector.close();
      mesh.close();
    },
  };
}
