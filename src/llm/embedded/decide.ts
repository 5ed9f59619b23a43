import { EMOTION_LABELS } from '../../common/emotion-labels.js';
import type { ActionUnit, Emotion, EmotionLabel, RegionMotion, Side } from '../../events/schema.js';
import { supportedSide } from '../answer/support.js';
import type { ModelCard } from './model-files.js';

export const SIDE_ANSWERS = ['<absent>', '<left>', '<right>', '<both>'] as const;
export const CATEGORIES = [...EMOTION_LABELS, 'none'] as const;
const SIDES: readonly Side[] = ['left', 'right', 'both'];
/** Units that one answer names at most; more than six at once were never coded in micro-expressions. */
const MAX_UNITS = 6;
const BLINK = 45;

/** What the model is to say, settled before it speaks. */
export interface Decision {
  /** With calibrated confidences, in FACS order. */
  readonly aus: readonly ActionUnit[];
  /** Absent without emotion, and where nothing but a blink was found. */
  readonly emotion?: Emotion;
  /** No unit but perhaps a blink. */
  readonly nothing: boolean;
  /** Tokens that come before the text. */
  readonly plan: readonly string[];
}

/**
 * Reads the model's answers to its questions: probability of each unit's presence and side, and of the category, from the
 * probabilities of single tokens, temperature-scaled on the validation split.
 *
 * A unit that no region supports is not decided for, however probable, and none for a side that did not move.
 *
 * @param units logits of {@link SIDE_ANSWERS}, four for each unit of the card.
 * @param category logits of {@link CATEGORIES}.
 */
export function decide(
  units: readonly (readonly number[])[],
  category: readonly number[],
  card: ModelCard,
  rois: readonly RegionMotion[],
  emotion: boolean,
): Decision {
  const { calibration } = card;
  const found = card.units
    .map((number, i) => {
      const [absent = 1, ...sides] = softmax(units[i] ?? [], calibration.unit_temperature);
      const side = SIDES[sides.indexOf(Math.max(...sides))] ?? 'both';
      return {
        number,
        side: supportedSide(number, side, rois),
        confidence: 1 - absent,
        enough: 1 - absent >= (calibration.thresholds[i] ?? 0.5),
      };
    })
    .flatMap(({ number, side, confidence, enough }) => (enough && side !== undefined ? [{ number, side, confidence }] : []))
    .sort((a, b) => b.confidence - a.confidence)
    .slice(0, MAX_UNITS)
    .sort((a, b) => a.number - b.number);
  const nothing = found.every(({ number }) => number === BLINK);
  const plan = found.flatMap(({ number, side, confidence }) => [`<AU${String(number)}>`, `<${side}>`, `<${level(confidence)}>`]);
  const aus = found.map(({ number, side, confidence }) => ({ au: `AU${String(number)}`, side, confidence: rounded(confidence) }));
  const odds = softmax(category, calibration.category_temperature);
  if (!emotion) return { aus, nothing, plan: [...plan, '<no-emotion>', '<say>'] };
  if (nothing) return { aus, nothing, plan: [...plan, '<none>', `<${level(odds[4] ?? 1)}>`, '<say>'] };
  const sum = odds.slice(0, 4).reduce((a, b) => a + b, 0) || 1;
  const [negative = 0, positive = 0, surprise = 0, other = 0] = odds.map((p) => rounded(p / sum));
  const probabilities = { negative, positive, surprise, other };
  const label = (Object.keys(probabilities) as EmotionLabel[]).reduce((a, b) => (probabilities[b] > probabilities[a] ? b : a));
  return { aus, nothing, emotion: { label, probabilities }, plan: [...plan, `<${label}>`, `<${level(probabilities[label])}>`, '<say>'] };
}

function level(p: number): 'sure' | 'likely' | 'maybe' {
  return p >= 0.85 ? 'sure' : p >= 0.65 ? 'likely' : 'maybe';
}

function rounded(p: number): number {
  return Math.round(p * 1e4) / 1e4;
}

function softmax(logits: readonly number[], temperature: number): number[] {
  const most = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp((logit - most) / temperature));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}
