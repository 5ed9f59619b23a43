import type { ActionUnit, Emotion } from '../../events/schema.js';
import type { FlowReport } from '../../flow/contract.js';
import { categoryOf } from './category.js';
import { compose } from './compose.js';
import { confidenceOf } from './confidence.js';
import { findUnits } from './find-units.js';

/** What the measurements of a report show by themselves. */
export interface EvidenceAnswer {
  readonly text: string;
  readonly aus: readonly ActionUnit[];
  readonly emotion?: Emotion;
  /** No unit but perhaps a blink. */
  readonly nothing: boolean;
}

/** Whether a report has what the rules need: every region's error, and the shape of eyes and mouth. */
export function hasEvidence({ rois, shape }: Pick<FlowReport, 'rois' | 'shape'>): boolean {
  return shape !== undefined && rois.length > 0 && rois.every(({ sigma }) => sigma !== undefined);
}

/** Names units, category and text by the measured motion alone. @param emotion whether a category is asked for */
export function answerByEvidence({ rois, shape, kind }: Pick<FlowReport, 'rois' | 'shape' | 'kind'>, emotion: boolean): EvidenceAnswer {
  const units = findUnits(rois, shape);
  const shown = units.filter(({ unit }) => unit !== 45);
  const category = emotion && shown.length > 0 ? categoryOf(shown.map(({ unit }) => unit)) : undefined;
  return {
    text: compose({ units, emotion: emotion ? (category ?? categoryOf([])) : undefined, kind }),
    aus: units.map(({ unit, side, strength }) => ({ au: `AU${String(unit)}`, side, confidence: confidenceOf(strength) })),
    ...(category ? { emotion: category } : {}),
    nothing: shown.length === 0,
  };
}
