import { FaceTracker, loadFaceModels, scaleOf, type AlignedFace, type Similarity } from '../face/mod.js';
import { FlowError, INPUT_SIZE, readRgb, resizeGrey, toGrey, type CropLuma, type RgbImage } from '../flow/mod.js';
import { prepareModels } from '../inference/mod.js';
import { frameOfRgb } from '../ingest/mod.js';
import { CliError } from './cli-error.js';

/** An onset-apex pair of pictures as MEFlowNet takes it, and the way back to the pictures' pixels. */
export interface ImagePair {
  readonly width: number;
  readonly height: number;
  readonly crops: CropLuma;
  /** 468 FaceMesh points of the onset in crop pixels; absent where no face was looked for or found. */
  readonly landmarks?: Float32Array;
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
    throw new CliError(`${onsetPath} is ${String(width)}x${String(height)}, ${apexPath} ${String(apex.width)}x${String(apex.height)}; onset and apex must be frames of one video, of one size`);
  }
  if (options.align ?? true) return aligned(onset, apex, onsetPath, apexPath);
  const crops = { onset: crop(onset), apex: crop(apex) };
  if (!options.landmarks) return { width, height, crops };
  const [face] = await findFaces([onset]);
  if (!face) throw new CliError(`no face was found in ${onsetPath}, so there are no regions to measure; leave --rois out, or use pictures with some room around the face`);
  const landmarks = face.landmarks.map((value, i) => value * INPUT_SIZE / (i % 2 === 0 ? width : height));
  return { width, height, crops, landmarks };
}

async function aligned(onset: RgbImage, apex: RgbImage, onsetPath: string, apexPath: string): Promise<ImagePair> {
  const [first, second] = await findFaces([onset, apex]);
  if (!first) throw new CliError(`no face was found in ${onsetPath}; it must be seen from the front, at least 40 pixels wide, and lit (--no-align takes ready-made face crops)`);
  if (!second) throw new CliError(`the face of ${onsetPath} was not found again in ${apexPath}; onset and apex must show the same person in the same place`);
  const { a, b, tx, ty } = first.toFrame;
  const square = a * a + b * b;
  const landmarks = first.landmarks.map((value, i) => {
    const x = (i % 2 === 0 ? value : first.landmarks[i - 1] ?? 0) - tx;
    const y = (i % 2 === 0 ? first.landmarks[i + 1] ?? 0 : value) - ty;
    return (i % 2 === 0 ? a * x + b * y : a * y - b * x) / square;
  });
  return {
    width: onset.width, height: onset.height, landmarks,
    crops: { onset: first.crop, apex: second.crop },
    toImage: { onset: first.toFrame, apex: second.toFrame },
  };
}

/** The largest face of the first picture, followed through the others; undefined where it is not there. */
async function findFaces(pictures: readonly RgbImage[]): Promise<(AlignedFace | undefined)[]> {
  const models = loadFaceModels(await prepareModels());
  try {
    const tracker = new FaceTracker(models);
    const found: (AlignedFace | undefined)[] = [];
    for (const [index, picture] of pictures.entries()) {
      const faces = tracker.update(frameOfRgb(picture.data, picture.width, picture.height, { index, t: index * 0.04 }));
      const face = index === 0 ? faces.toSorted((p, q) => scaleOf(q.toFrame) - scaleOf(p.toFrame))[0] : faces.find(({ id }) => id === found[0]?.id);
      // The tracker reuses its crops.
      found.push(face && { ...face, crop: face.crop.slice(), landmarks: face.landmarks.slice() });
      if (!face) break;
    }
    return found;
  } finally {
    models.close();
  }
}

function crop(picture: RgbImage): Float32Array {
  const { data } = resizeGrey(toGrey(picture), INPUT_SIZE, INPUT_SIZE);
  if (!data.every(Number.isFinite)) throw new FlowError('flow_input_invalid', 'a picture holds values that are not finite numbers');
  return data;
}
