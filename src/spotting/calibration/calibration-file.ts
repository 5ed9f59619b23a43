import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { SpotterError } from '../learned/spotter-error.js';
import { CALIBRATION_METHODS, type CalibrationLine } from './fit.js';

const share = z.number().min(0).max(1);

/** What `mellm-live calibrate` writes and `spotting.calibration` names. */
const calibrationSchema = z.object({
  format: z.literal('mellm-calibration'),
  method: z.enum(CALIBRATION_METHODS),
  line: z
    .array(z.tuple([share, share]))
    .min(1)
    .max(10_000)
    .refine(
      (line) => line.every(([score, p], i) => i === 0 || (score >= (line[i - 1]?.[0] ?? 0) && p >= (line[i - 1]?.[1] ?? 0))),
      'must not fall',
    ),
  reviews: z.object({ right: z.int(), wrong: z.int(), coders: z.array(z.string()) }),
  version: z.string(),
});
export type CalibrationFile = z.infer<typeof calibrationSchema>;

/** A calibration and its hash, by which results name it. */
export interface Calibration {
  readonly line: CalibrationLine;
  readonly sha256: string;
}

/** @throws {SpotterError} `calibration_unreadable` */
export function readCalibration(path: string): Calibration {
  try {
    const bytes = readFileSync(path);
    const { line } = calibrationSchema.parse(JSON.parse(bytes.toString('utf8')));
    return { line, sha256: createHash('sha256').update(bytes).digest('hex') };
  } catch (cause) {
    throw new SpotterError(
      'calibration_unreadable',
      `spotting.calibration: ${path} is not a calibration that \`mellm-live calibrate\` wrote`,
      {
        cause,
      },
    );
  }
}
