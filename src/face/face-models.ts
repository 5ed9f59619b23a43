import { faceModel, OnnxRunner, type PreparedModels } from '../inference/mod.js';
import { FaceDetector, type DetectorOptions } from './detector.js';
import { LandmarkModel } from './mesh.js';

/** The nets that the trackers of one thread share. */
export interface FaceModels {
  readonly detector: FaceDetector;
  readonly landmarks: LandmarkModel;
  /** Frees the sessions. May be called twice. */
  close(): void;
}

/** Loads the face models from the paths that `prepareModels` gave; once a worker thread, about 40 ms. */
export function loadFaceModels(paths: PreparedModels, options: { readonly detector?: DetectorOptions } = {}): FaceModels {
  const detector = new OnnxRunner(paths.blazeface, Object.values(faceModel('blazeface').outputs));
  const mesh = new OnnxRunner(paths.facemesh, Object.values(faceModel('facemesh').outputs));
  return {
    detector: new FaceDetector(detector, options.detector),
    landmarks: new LandmarkModel(mesh),
    close: () => { detector.close(); mesh.close(); },
  };
}
