import type { OutputNames } from './tfjs-to-onnx.js';

export type FaceModelName = 'blazeface' | 'facemesh' | 'iris';

/** A third-party model that is converted on first run: never committed, checked by hash on the way in and on the way out. */
export interface FaceModel {
  readonly name: FaceModelName;
  /** What it does, for `doctor`. */
  readonly title: string;
  /** Edge of the square input in pixels; the input is float32 `input` of [1, 3, size, size], RGB. */
  readonly inputSize: number;
  /** Outputs kept, from the source's names. */
  readonly outputs: OutputNames;
  /** Licence and origin, for `doctor` and the notices. */
  readonly source: string;
  /** SHA-256 of the source's files in `@vladmandic/human/models`. */
  readonly jsonSha256: string;
  readonly binSha256: string;
  /** SHA-256 of what the converter makes of them. */
  readonly onnxSha256: string;
  /** Prepared even when nobody names it. */
  readonly required: boolean;
}

const SOURCE = 'npm @vladmandic/human 3.3.6 (MIT), weights of Google MediaPipe (Apache-2.0)';

export const FACE_MODELS: readonly FaceModel[] = [
  {
    name: 'blazeface',
    title: 'face detection: boxes and six key points (BlazeFace, arXiv 1907.05047, back-camera variant)',
    inputSize: 256,
    // Scores [1, n, 1] and boxes [1, n, 16] of the 16×16 grid (512 anchors) and of the 8×8 grid (384 anchors).
    outputs: { Identity: 'scores16', Identity_1: 'scores8', Identity_2: 'boxes16', Identity_3: 'boxes8' },
    source: SOURCE,
    jsonSha256: 'cd7bbfc078270572beb39f9e5ae67aadbd50b5e67cff37e6d4f6b3ea39312e5f',
    binSha256: 'dc9a97fdc50bc43216554bdd69aa3e7b9361a519ee7bdd996a2f69a98a6f9b72',
    onnxSha256: '09d8fd1ea29cfb1fc2c4238605f3778eda2da575adaf776c15a00f876ecc4461',
    required: true,
  },
  {
    name: 'facemesh',
    title: 'the 468 landmarks of a face (FaceMesh, arXiv 1907.06724)',
    inputSize: 192,
    // Landmarks [1, 1404] (x, y, z in input pixels) and the probability [1, 1] that there is a face. The third output, a coarser contour, is left out.
    outputs: { Identity_2: 'mesh', Identity_1: 'face' },
    source: SOURCE,
    jsonSha256: 'b60ca26f404724f43bd2b1575761d8265180e1f053cc0731caa68462927309e7',
    binSha256: '3826da640b0a3021161605369ee6af293f75d518040355b960ec71a3390c1c0b',
    onnxSha256: '6f076f6a4f85495c9e7711b9784951eefcc2a500a795d82c6142e115a7634739',
    required: true,
  },
  {
    name: 'iris',
    title: 'eye contour and iris (MediaPipe Iris, arXiv 2006.11341)',
    inputSize: 64,
    outputs: { Identity: 'eye' },
    source: SOURCE,
    jsonSha256: '49038ac9dcc09aa05474d91d98e9db5b47af4830929bcf102ed5a56bfbabb465',
    binSha256: 'd7f296d184274213d4642681ae186112cbbec77fd2ab066257d3c56a1940bc71',
    onnxSha256: '368fc4267fa9860dcd9861d3a3eb2cc2ced95256f387831457fadc2f8b5b97fa',
    required: false,
  },
];

/** The registry's entry of a face model. */
export function faceModel(name: FaceModelName): FaceModel {
  const found = FACE_MODELS.find((model) => model.name === name);
  if (!found) throw new RangeError(`no face model is called ${name}`);
  return found;
}
