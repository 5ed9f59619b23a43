import { FaceUnits, SERIES_UNITS } from '../../../../src/pipeline/mod.js';
import type { FaceModels } from '../../../../src/face/mod.js';
import type { MotionSample } from '../../../../src/spotting/mod.js';
import { measureClip } from '../../clips/measure-clip.js';
import { labelledMoments, type Moment } from '../naming/labelled-clips.js';
import { intensityReport, type IntensityReport, type MeasuredEvent } from './intensity-report.js';

/** Seconds before and after a peak whose median is taken. */
const AROUND_S = 0.1;

export interface IntensityOptions {
  readonly root: string;
  readonly onClip?: (done: number, total: number) => void;
}

export interface IntensityEvaluation extends IntensityReport {
  readonly clips: number;
  readonly peaks: readonly { readonly clip: string; readonly what: string; readonly units: Readonly<Record<string, number | null>> }[];
}

/** The per-frame strength of action units at the peaks of labelled real expressions. */
export async function evaluateIntensity(models: FaceModels, { root, onClip }: IntensityOptions): Promise<IntensityEvaluation> {
  const moments = (await labelledMoments(root)).filter(({ kind }) => kind !== 'window');
  const paths = [...new Set(moments.map(({ path }) => path))];
  const events: MeasuredEvent[] = [];
  for (const [i, path] of paths.entries()) {
    const { faces } = await measureClip(models, { kind: 'video', path });
    const strengths = strengthsOf(longest([...faces.values()]));
    for (const moment of moments) if (moment.path === path) events.push({ moment, units: atPeak(strengths, moment) });
    onClip?.(i + 1, paths.length);
  }
  return {
    clips: paths.length,
    ...intensityReport(events),
    peaks: events.map(({ moment: { clip, what }, units }) => ({
      clip,
      what,
      units: Object.fromEntries(SERIES_UNITS.map((unit, i) => [`AU${String(unit)}`, Number.isFinite(units[i]) ? units[i]! : null])),
    })),
  };
}

interface Strength {
  readonly t: number;
  readonly units: Float32Array;
}

function strengthsOf(samples: readonly MotionSample[]): Strength[] {
  const face = new FaceUnits();
  return samples.map((sample) => ({ t: sample.t, units: face.see(sample).units }));
}

/** Median of each unit around the peak, of the frames in which it could be read. */
function atPeak(strengths: readonly Strength[], { peak }: Moment): number[] {
  const near = strengths.filter(({ t }) => Math.abs(t - peak) <= AROUND_S);
  return SERIES_UNITS.map((_, i) => {
    const values = near
      .map(({ units }) => units[i]!)
      .filter((value) => Number.isFinite(value))
      .sort((a, b) => a - b);
    return values[values.length >> 1] ?? Number.NaN;
  });
}

function longest(faces: readonly (readonly MotionSample[])[]): readonly MotionSample[] {
  return faces.reduce<readonly MotionSample[]>((best, face) => (face.length > best.length ? face : best), []);
}
