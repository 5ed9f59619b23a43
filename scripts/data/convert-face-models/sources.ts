import type { OutputNames } from './tfjs-to-onnx.js';

/** The package that holds the TensorFlow.js models: a devDependency, pinned in package-lock.json. */
export const PACKAGE = '@vladmandic/human';

/** A model to convert: `<name>.json` (topology) and `<name>.bin` (weights) in the package's `models`. */
export interface ModelSource {
  readonly name: string;
  readonly title: string;
  /** Outputs kept, from the source's names to those that `src/face` reads. */
  readonly outputs: OutputNames;
  /** SHA-256 of the source's two files. */
  readonly json: string;
  readonly bin: string;
}

export const SOURCES: readonly ModelSource[] = [
  {
    name: 'blazeface',
    title: 'face detection: boxes and six key points (BlazeFace, arXiv 1907.05047, back-camera variant)',
    // Scores [1, n, 1] and boxes [1, n, 16] of the 16×16 grid (512 anchors) and of the 8×8 grid (384 anchors).
    outputs: { Identity: 'scores16', Identity_1: 'scores8', Identity_2: 'boxes16', Identity_3: 'boxes8' },
    json: 'cd7bbfc078270572beb39f9e5ae67aadbd50b5e67cff37e6d4f6b3ea39312e5f',
    bin: 'dc9a97fdc50bc43216554bdd69aa3e7b9361a519ee7bdd996a2f69a98a6f9b72',
  },
  {
    name: 'facemesh',
    title: '468 landmarks of a face (FaceMesh, arXiv 1907.06724)',
    // Landmarks [1, 1404] (x, y, z in input pixels) and the probability [1, 1] that there is a face. The third output, a coarser contour, is left out.
    outputs: { Identity_2: 'mesh', Identity_1: 'face' },
    json: 'b60ca26f404724f43bd2b1575761d8265180e1f053cc0731caa68462927309e7',
    bin: '3826da640b0a3021161605369ee6af293f75d518040355b960ec71a3390c1c0b',
  },
];
