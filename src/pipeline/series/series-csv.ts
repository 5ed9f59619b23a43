import { CLASSES } from '../../spotting/mod.js';
import { MOTION_REGIONS } from '../../spotting/contract.js';
import { SERIES_UNITS, unitName } from './action-units.js';
import type { FaceValues, SeriesRow, SpotterValues } from './series-row.js';

/** OpenFace's columns, where the meaning is the same. */
const OPENFACE = [
  'frame',
  'face_id',
  'timestamp',
  'confidence',
  'success',
  'pose_Rx',
  'pose_Ry',
  'pose_Rz',
  ...SERIES_UNITS.map((unit) => `${unitName(unit)}_r`),
  ...SERIES_UNITS.map((unit) => `${unitName(unit)}_c`),
] as const;
const OURS = [
  'face',
  'fault',
  'eye_distance',
  'reference',
  'eye_left',
  'eye_right',
  'mouth',
  'head_speed',
  ...CLASSES,
  'score',
  'threshold',
  ...MOTION_REGIONS.flatMap((region) => [`motion_${region}_x`, `motion_${region}_y`]),
] as const;
const COLUMNS = [...OPENFACE, ...OURS];

/** A column and what stands in it. */
export interface SeriesColumn {
  readonly name: string;
  readonly type: 'integer' | 'number' | 'text';
}

const INTEGERS: ReadonlySet<string> = new Set([
  'frame',
  'face_id',
  'success',
  'reference',
  ...SERIES_UNITS.map((unit) => `${unitName(unit)}_c`),
]);
const TEXTS: ReadonlySet<string> = new Set(['face', 'fault']);

/** The columns of {@link seriesCells}, in order. */
export const SERIES_COLUMNS: readonly SeriesColumn[] = COLUMNS.map((name) => ({
  name,
  type: INTEGERS.has(name) ? 'integer' : TEXTS.has(name) ? 'text' : 'number',
}));
/** Columns behind those that a frame without a face has. */
const LATER = COLUMNS.length - 5;

export const SERIES_CSV_HEADER = `${COLUMNS.join(',')}\n`;

/** One line of CSV; no cell holds a comma. */
export function seriesCsvRow(row: SeriesRow): string {
  return `${seriesCells(row).join(',')}\n`;
}

/** A face of a frame, or a frame in which there was none (`success` 0, the rest empty). */
export function seriesCells({ index, t, face }: SeriesRow): string[] {
  // As OpenFace, frames count from 1 and faces from 0.
  const head = [String(index + 1), face ? faceNumber(face.id) : '0', number(t, 4)];
  if (!face) return [...head, '0', '0', ...Array<string>(LATER).fill('')];
  return [...head, number(face.quality, 3), face.fault === undefined ? '1' : '0', ...openFace(face), ...ours(face)];
}

function openFace({ pose, units, present }: FaceValues): string[] {
  return [
    // The same axes and signs as OpenFace's camera: x right, y down, z forward. Its yaw is positive to the image's left.
    number(pose.pitch, 4),
    number(-pose.yaw, 4),
    number(pose.roll, 4),
    ...Array.from(units, (value) => number(value, 2)),
    ...present.map((is, i) => (Number.isFinite(units[i]) ? (is ? '1' : '0') : '')),
  ];
}

function ours(face: FaceValues & SpotterValues): string[] {
  const { id, fault, eyeDistance, epoch, eyes, mouth, headSpeed, likelihoods, score, threshold, motion } = face;
  return [
    id,
    fault ?? '',
    number(eyeDistance, 1),
    String(epoch),
    number(eyes[0], 3),
    number(eyes[1], 3),
    number(mouth, 3),
    number(headSpeed, 2),
    ...CLASSES.map((_, i) => number(likelihoods?.[i] ?? Number.NaN, 3)),
    number(score, 3),
    number(threshold, 3),
    ...Array.from(motion, (value) => number(value, 3)),
  ];
}

/** `f3` is face 2. */
function faceNumber(id: string): string {
  return String(Math.max(0, Number(id.slice(1)) - 1));
}

/** Empty where there is no number; never an exponent, never `-0`. */
function number(value: number, digits: number): string {
  return Number.isFinite(value) ? (value + 0).toFixed(digits).replace(/^-(0(?:\.0*)?)$/, '$1') : '';
}
