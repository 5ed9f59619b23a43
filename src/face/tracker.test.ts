import { beforeAll, describe, expect, it } from 'vitest';
import { loadFaceModels, type FaceModels } from './face-models.js';
import { mulberry32 } from '../common/mulberry32.js';
import { Canvas, loadPortrait, type MovingPortrait } from '../../lab/bench/moving-portrait.js';
import { FaceTracker } from './tracker.js';
import type { Frame } from '../ingest/contract.js';

let models: FaceModels;
/** The portrait for eyes 88, 60 and 30 px apart; no real person. */
let large: MovingPortrait;
let middle: MovingPortrait;
let small: MovingPortrait;
beforeAll(async () => {
  models = loadFaceModels();
  [large, middle, small] = (await Promise.all([88, 60, 30].map((eyes) => loadPortrait(eyes)))) as [
    MovingPortrait,
    MovingPortrait,
    MovingPortrait,
  ];
});

const at = (x: number, y: number, turn = 0): { a: number; b: number; tx: number; ty: number } => ({
  a: Math.cos(turn),
  b: Math.sin(turn),
  tx: x,
  ty: y,
});

/** Ids in each frame, joined. */
function follow(tracker: FaceTracker, frames: readonly Frame[]): string[] {
  return frames.map((frame) =>
    tracker
      .update(frame)
      .map((face) => face.id)
      .join(' '),
  );
}

describe('the tracker', () => {
  it('finds one face and puts its landmarks on it', () => {
    const frame = new Canvas(640, 480).paint(large, at(300, 230)).frame(0, 0, { noise: 2, random: mulberry32(1) });
    const faces = new FaceTracker(models).update(frame);
    expect(faces).toHaveLength(1);
    const [face] = faces;
    expect(face).toMatchObject({ id: 'f1', index: 0, t: 0, isReference: true });
    expect(face!.landmarks).toHaveLength(936);
    expect(face!.quality.eyeDistance).toBeGreaterThan(80);
    expect(face!.quality.eyeDistance).toBeLessThan(96);
    expect(face!.quality.faults).toEqual([]);
    expect(face!.quality.score).toBeGreaterThan(0.8);
    expect(Math.abs(face!.pose.yaw)).toBeLessThan(0.1);
    expect(Math.abs(face!.pose.pitch)).toBeLessThan(0.1);
    const [x, y, width, height] = face!.box;
    expect(x + width / 2).toBeGreaterThan(270);
    expect(x + width / 2).toBeLessThan(330);
    expect(y + height / 2).toBeGreaterThan(190);
    expect(y + height / 2).toBeLessThan(270);
  });

  it('reads roll clockwise on the screen', () => {
    const tracker = new FaceTracker(models);
    const roll = [0.3, -0.3].map(
      (turn) => tracker.update(new Canvas(640, 480).paint(large, at(320, 240, turn)).frame(0, 0))[0]?.pose.roll ?? NaN,
    );
    expect(roll[0]).toBeCloseTo(0.3, 0.7);
    expect(roll[1]).toBeCloseTo(-0.3, 0.7);
  });

  it('tells two faces side by side apart, each with its own id, though they move', () => {
    const frames = Array.from({ length: 20 }, (_, i) =>
      new Canvas(640, 360)
        .paint(middle, at(170 + 2 * i, 180))
        .paint(small, at(500 - i, 180))
        .frame(i, i / 30),
    );
    const ids = follow(new FaceTracker(models), frames);
    expect(new Set(ids)).toEqual(new Set(['f1 f2']));
  });

  it('follows no more faces than it may', () => {
    const frame = new Canvas(640, 360).paint(middle, at(170, 180)).paint(middle, at(480, 180)).frame(0, 0);
    expect(new FaceTracker(models, { maxFaces: 1 }).update(frame)).toHaveLength(1);
  });

  it('keeps an id through a short absence, not through a long one, nor for a face elsewhere', () => {
    const face = (i: number, x = 320): Frame => new Canvas(640, 360).paint(middle, at(x, 180)).frame(i, i / 10);
    const empty = (i: number): Frame => new Canvas(640, 360).frame(i, i / 10);
    const here = (from: number, to: number, make: (i: number) => Frame): Frame[] =>
      Array.from({ length: to - from }, (_, k) => make(from + k));
    const ids = follow(new FaceTracker(models), [
      ...here(0, 3, face),
      ...here(3, 10, empty),
      ...here(10, 13, face),
      ...here(13, 40, empty),
      ...here(40, 43, face),
      ...here(43, 48, empty),
      ...here(48, 50, (i) => face(i, 120)),
    ]);
    const runs = ids.filter((id, i) => id !== ids[i - 1]);
    expect(runs).toEqual(['f1', '', 'f1', '', 'f2', '', 'f3']);
  });

  it('begins a new reference when a face comes back', () => {
    const tracker = new FaceTracker(models);
    const shown = (t: number, there: boolean): Frame =>
      (there ? new Canvas(640, 360).paint(middle, at(320, 180)) : new Canvas(640, 360)).frame(0, t);
    expect(tracker.update(shown(0, true))[0]?.reference).toBe(0);
    expect(tracker.update(shown(0.1, true))[0]?.reference).toBe(0);
    expect(tracker.update(shown(0.2, false))).toEqual([]);
    const [back] = tracker.update(shown(0.4, true));
    expect(back).toMatchObject({ id: 'f1', reference: 1, isReference: true });
    expect(back?.cropInPreviousReference).toBeUndefined();
  });

  it('goes on with the same ids when the publisher changes its resolution', () => {
    const tracker = new FaceTracker(models);
    const frames = [
      ...[0, 1, 2].map((i) => new Canvas(640, 480).paint(large, at(320, 240)).frame(i, i / 30)),
      ...[3, 4, 5].map((i) => new Canvas(320, 240).paint(large, { a: 0.5, b: 0, tx: 160, ty: 120 }).frame(i, i / 30)),
      ...[6, 7, 8].map((i) => new Canvas(640, 480).paint(large, at(320, 240)).frame(i, i / 30)),
    ];
    expect(new Set(follow(tracker, frames))).toEqual(new Set(['f1']));
  });

  it('takes frames of any size, and sees no face where there is none', () => {
    const tracker = new FaceTracker(models);
    for (const [i, [width, height]] of [
      [1, 1],
      [2, 3],
      [17, 640],
      [641, 1],
      [333, 217],
      [1921, 1081],
    ].entries()) {
      expect(tracker.update(new Canvas(width!, height!).frame(i, i, { noise: 20, random: mulberry32(i) }))).toEqual([]);
    }
    const odd = new Canvas(431, 377).paint(middle, at(215, 190)).frame(9, 9);
    expect(tracker.update(odd)).toHaveLength(1);
  });

  it('says why a face can not be measured', () => {
    const faults = (frame: Frame): readonly string[] => new FaceTracker(models).update(frame)[0]?.quality.faults ?? ['none found'];
    expect(faults(new Canvas(640, 480).paint(small, at(320, 240)).frame(0, 0))).toContain('too_small');
    expect(faults(new Canvas(640, 480).paint(large, at(320, 240)).frame(0, 0, { light: 0.25 }))).toContain('too_dark');
    expect(faults(new Canvas(640, 480).paint(large, at(320, 240)).frame(0, 0, { light: 1.8 }))).toContain('too_bright');
    expect(faults(new Canvas(640, 480).paint(large, at(58, 240)).frame(0, 0))).toContain('cut_off');
  });

  it('calls a face out of focus blurred', async () => {
    const sharp = new Canvas(640, 480).paint(large, at(320, 240)).frame(0, 0);
    const soft = new Canvas(640, 480).paint(await loadPortrait(88, undefined, 8), at(320, 240)).frame(0, 0);
    expect(new FaceTracker(models).update(sharp)[0]?.quality.faults).not.toContain('blurred');
    expect(new FaceTracker(models).update(soft)[0]?.quality.faults).toContain('blurred');
  });

  it('detects rarely while a face is there', () => {
    const tracker = new FaceTracker(models);
    let detections = 0;
    for (let i = 0; i < 60; i++) {
      tracker.update(new Canvas(320, 240).paint(middle, at(160, 120)).frame(i, i / 30));
      if (tracker.timings.detect > 0) detections++;
    }
    expect(detections).toBeLessThanOrEqual(3);
  });
});
