import { alignPair, findFaces } from './align-pair.js';
import { loadFaceModels, type FaceModels, type Similarity } from '../face/mod.js';
import { INPUT_SIZE, readRgb, resizeGrey, toGrey, type CropLuma, type RgbImage } from '../flow/mod.js';
import { CliError } from './cli-error.js';

/** An onset-apex pair of pictures as MEFlowNet takes it, and the way back to the pictures' pixels. */
export interface ImagePair {
  readonly width: number;
  readonly height: number;
  readonly crops: CropLuma;
  /** 468 FaceMesh points of the onset in crop pixels; absent where no face was looked for or found. */
  readonly landmarks?: Float32Array;
  /** Of the apex, in the same crop; absent where the pictures are crops. */
  readonly apexLandmarks?: Float32Array;
  /** From crop to picture pixels, of each; absent where the pictures are crops. */
  readonly toImage?: { readonly onset: Similarity; readonly apex: Similarity };
}

/** How to read a pair. */
export interface ImagePairOptions {
  /** False: the pictures are face crops, resized to 224. Default true: find the face, crop, register the apex to the onset. */
  readonly align?: boolean;
  /** Whether landmarks are needed though the pictures are crops. Default false. */
  readonly landmarks?: boolean;
}

/**
 * Reads two pictures of one size and makes a registered pair of crops of them.
 *
 * @throws {CliError} where their sizes differ, or a face is not found; FlowError where one can't be read.
 */
export async function readImagePair(onsetPath: string, apexPath: string, options: ImagePairOptions = {}): Promise<ImagePair> {
  const [onset, apex] = await Promise.all([readRgb(onsetPath), readRgb(apexPath)]);
  const { width, height } = onset;
  if (width !== apex.width || height !== apex.height) {
    throw new CliError(
      `${onsetPath} is ${String(width)}x${String(height)}, ${apexPath} ${String(apex.width)}x${String(apex.height)}; onset and apex must be frames of one video, of one size`,
    );
  }
  if (options.align ?? true) return aligned(onset, apex, onsetPath, apexPath);
  const crops = { onset: crop(onset), apex: crop(apex) };
  if (!options.landmarks) return { width, height, crops };
  const [face, again] = withModels((models) => findFaces(models, [onset, apex]));
  if (!face)
    throw new CliError(
      `no face found in ${onsetPath}, so there are no regions to measure; omit --rois, or use images with a margin around the face`,
    );
  const inCrop = (points: Float32Array): Float32Array => points.map((value, i) => (value * INPUT_SIZE) / (i % 2 === 0 ? width : height));
  return { width, height, crops, landmarks: inCrop(face.landmarks), ...(again ? { apexLandmarks: inCrop(again.landmarks) } : {}) };
}

function aligned(onset: RgbImage, apex: RgbImage, onsetPath: string, apexPath: string): ImagePair {
  const pair = withModels((models) => alignPair(models, onset, apex));
  if (!('missing' in pair)) return { width: onset.width, height: onset.height, ...pair };
  if (pair.missing === 'onset')
    throw new CliError(
      `no face found in ${onsetPath}; it must be frontal, well lit and at least 40 pixels wide (--no-align accepts ready-made face crops)`,
    );
  throw new CliError(`the face of ${onsetPath} was not found in ${apexPath}; onset and apex must show the same person in the same place`);
}

function withModels<T>(use: (models: FaceModels) => T): T {
  const models = loadFaceModels();
  try {
    return use(models);
  } finally {
    models.close();
  }
}

function crop(picture: RgbImage): Float32Array {
  return resizeGrey(toGrey(picture), INPUT_SIZE, INPUT_SIZE).data;
}
