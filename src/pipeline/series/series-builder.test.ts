import { expect, it } from 'vitest';
import { CLASS, CLASSES, DELAY, MOTION_REGIONS, TICK } from '../../spotting/mod.js';
import type { VisionResult } from '../vision/vision.js';
import { SeriesBuilder } from './series-builder.js';
import { SERIES_CSV_HEADER, seriesCsvRow } from './series-csv.js';
import type { SeriesRow } from './series-row.js';

const FPS = 25;

interface Shot {
  readonly faces?: readonly string[];
  readonly brow?: number;
  readonly fault?: boolean;
  /** Likelihood of a micro-expression at media time t. */
  readonly micro?: (t: number) => number;
  readonly lost?: readonly string[];
}

function frame(i: number, { faces = ['f1'], brow = 0, fault = false, micro = () => 0, lost = [] }: Shot): VisionResult {
  const t = i / FPS;
  const motion = Float32Array.from(MOTION_REGIONS.flatMap((region) => (region.startsWith('brow_inner') ? [0, -brow] : [0, 0])));
  return {
    index: i,
    t,
    width: 640,
    height: 480,
    receivedAt: 0,
    faces: faces.map((id) => ({
      id,
      box: [0, 0, 1, 1],
      landmarks: new Float32Array(936),
      pose: { yaw: 0.2, pitch: 0.1, roll: -0.1 },
      quality: { score: 0.9, eyeDistance: 100, sharpness: 1, light: 100, faults: fault ? ['turned'] : [] },
    })),
    samples: faces.map((face) => ({
      face,
      t,
      index: i,
      epoch: 0,
      motion,
      sigma: motion.map(() => 0.1),
      eyes: [0.3, 0.3],
      mouth: 0.02,
      pose: { yaw: 0.2, pitch: 0.1, roll: -0.1 },
      headSpeed: 1,
      turnSpeed: 0,
      quality: 0.9,
    })),
    // Two ticks a frame at 25 fps.
    ticks: faces.flatMap((face) =>
      [t - TICK, t].map((at) => {
        const values = new Float32Array(CLASSES.length);
        values.fill(micro(at - DELAY * TICK), CLASS.micro, CLASS.micro_apex + 1);
        return { face, t: at, values };
      }),
    ),
    lost,
    ms: { track: 0, align: 0, spot: 0 },
  };
}

function build(learned: boolean, shots: readonly Shot[]): SeriesRow[] {
  const rows: SeriesRow[] = [];
  const builder = new SeriesBuilder(learned, { add: (row) => rows.push(row) });
  shots.forEach((shot, i) => {
    builder.see(frame(i, shot));
    for (const face of shot.faces ?? ['f1']) builder.spotted({ type: 'signal', face, t: i / FPS, motion: shot.brow ?? 0, threshold: 0.7 });
  });
  builder.end();
  return rows;
}

it('puts the likelihoods at the frame that they are about, in the order of the frames', () => {
  const micro = (t: number): number => Math.max(0, 1 - Math.abs(t - 1) / 0.2);
  const rows = build(
    true,
    Array.from({ length: 50 }, () => ({ micro })),
  );
  expect(rows.map(({ index }) => index)).toEqual(Array.from({ length: 50 }, (_, i) => i));
  const best = rows.reduce((a, b) => ((b.face?.score ?? 0) > (a.face?.score ?? 0) ? b : a));
  expect(best.t).toBeCloseTo(1, 2);
  expect(best.face?.likelihoods?.[CLASS.micro]).toBeCloseTo(1, 5);
  expect(best.face?.threshold).toBe(0.7);
});

it('measures action units from the rest of the face, and says what stands against spotting', () => {
  const rows = build(true, [
    ...Array.from({ length: 100 }, () => ({ brow: 1 })),
    ...Array.from({ length: 5 }, () => ({ brow: 4, fault: true })),
  ]);
  const [still, raised] = [rows[90]!.face!, rows[102]!.face!];
  expect(still.units[0]).toBeCloseTo(0, 5);
  expect(raised.units[0]).toBeCloseTo(3, 5);
  expect([still.fault, raised.fault]).toEqual([undefined, 'turned']);
});

it('writes a row for every face of every frame, and for a frame without any, with the columns of OpenFace', () => {
  const rows = build(true, [{ faces: ['f1', 'f2'] }, { faces: ['f2'], lost: ['f1'] }, { faces: [], lost: ['f2'] }, { faces: ['f3'] }]);
  const lines = rows.map(seriesCsvRow);
  const columns = SERIES_CSV_HEADER.trim().split(',');
  const cells = lines.map((line) =>
    Object.fromEntries(
      line
        .trimEnd()
        .split(',')
        .map((cell, i) => [columns[i]!, cell]),
    ),
  );
  expect(lines.every((line) => line.split(',').length === columns.length)).toBe(true);
  expect(cells.map((row) => [row['frame'], row['face_id'], row['success'], row['face']])).toEqual([
    ['1', '0', '1', 'f1'],
    ['1', '1', '1', 'f2'],
    ['2', '1', '1', 'f2'],
    ['3', '0', '0', ''],
    ['4', '2', '1', 'f3'],
  ]);
  // OpenFace's yaw is positive to the image's left, ours to its right.
  expect(cells[0]).toMatchObject({ pose_Rx: '0.1000', pose_Ry: '-0.2000', pose_Rz: '-0.1000', confidence: '0.900' });
});

it("takes the rules' values a frame after they were seen, without likelihoods", () => {
  const rows = build(false, [{ brow: 1 }, { brow: 2 }, { brow: 3 }]);
  expect(rows.map(({ face }) => [face?.score, face?.threshold, face?.likelihoods])).toEqual([
    [1, 0.7, undefined],
    [2, 0.7, undefined],
    [3, 0.7, undefined],
  ]);
});
