import { FaceTracker, Kernels, loadFaceModels, type FaceModels } from '../../face/mod.js';
import { readSpotterModel, SpotterNet } from '../../spotting/mod.js';

export interface VisionModelsOptions {
  /** Whether the spotter's network runs on every face. */
  readonly learned: boolean;
}

/** What a thread or process needs once, for all sessions that it tracks and measures. */
export interface VisionModels {
  readonly face: FaceModels;
  readonly net: SpotterNet | undefined;
}

/** Loads the models and warms them. */
export function loadVisionModels({ learned }: VisionModelsOptions): VisionModels {
  const face = loadFaceModels();
  warmUp(face);
  return { face, net: learned ? new SpotterNet(readSpotterModel()) : undefined };
}

/** The first run of a net takes many times as long as the next; a session should not be the one to wait for it. */
function warmUp(models: FaceModels): void {
  const [width, height] = [640, 480];
  const blank = { index: 0, t: 0, width, height, data: new Uint8Array(width * height * 1.5).fill(128), receivedAt: 0, decodeMs: 0 };
  const tracker = new FaceTracker(models);
  for (let i = 0; i < 3; i++) {
    tracker.update({ ...blank, t: i });
    models.landmarks.find(Kernels.shared(), { x: width / 2, y: height / 2, size: 300, angle: 0 });
  }
}
