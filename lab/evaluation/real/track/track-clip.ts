import { FaceTracker, type FaceModels } from '../../../../src/face/mod.js';
import { readEvenFrames } from '../streams/even-frames.js';
import { POINTS, smoothed, type FacePath } from './face-path.js';

/** Follows the face that is there for most of the clip. @throws {EvaluationError} where the clip can't be read */
export async function trackClip(models: FaceModels, path: string): Promise<FacePath> {
  const tracker = new FaceTracker(models);
  const times: number[] = [];
  const faces = new Map<string, Map<number, Float32Array>>();
  const { fps, width, height } = await readEvenFrames(path, (frame) => {
    for (const { id, landmarks } of tracker.update(frame)) {
      const seen = faces.get(id) ?? new Map<number, Float32Array>();
      seen.set(times.length, landmarks.slice());
      faces.set(id, seen);
    }
    times.push(frame.t);
  });
  const main = [...faces.values()].reduce<Map<number, Float32Array>>((best, face) => (face.size > best.size ? face : best), new Map());
  const raw = new Float32Array(times.length * POINTS).fill(Number.NaN);
  for (const [frame, landmarks] of main) raw.set(landmarks, frame * POINTS);
  const clock = Float64Array.from(times);
  return { width, height, fps, times: clock, points: smoothed(clock, raw) };
}
