import { z } from 'zod';
import { EMOTION_LABELS } from '../../common/emotion-labels.js';
import type { ActionUnit, Emotion, EmotionLabel, RegionMotion } from '../../events/schema.js';
import { boundText, cleanText, MAX_TEXT } from './clean-text.js';
import { KNOWN_UNITS } from './action-unit-names.js';
import { findActionUnits, type Mention } from './find-action-units.js';
import { findCategory, type Category } from './find-category.js';
import { findObject, looksLikeJson, withoutObjects } from './find-json.js';
import { motionText } from './motion-text.js';
import { summaryOf } from './summary.js';
import { ThinkFilter } from './think-filter.js';

/** What an answer says. */
export interface Answer {
  /** Clean and bounded; Markdown as the model wrote it. */
  readonly text: string;
  readonly aus: readonly ActionUnit[];
  readonly emotion?: Emotion;
  /** True where it says that there is no micro-expression. */
  readonly nothing: boolean;
  /** False where neither action units nor a category nor their absence could be read out of it. */
  readonly parsed: boolean;
}

/** Confidence of an action unit whose answer gives none, in number or word. */
const UNSTATED_CONFIDENCE = 0.75;
const MAX_UNITS = 24;
/** What is searched: as much as a text may have, from its end, where the summary is. */
const SEARCHED = MAX_TEXT;

/** How an answer is read. */
export interface ReadOptions {
  /** False: no category is read, and the text is built from regions and action units, with no word of the model's. Default true. */
  readonly emotion?: boolean;
  /** The measured regions, for that text. */
  readonly rois?: readonly RegionMotion[];
  /** The server ended the answer at its length: without a summary it says nothing. Default false. */
  readonly cut?: boolean;
}

/**
 * Reads an answer in the published MELLM's style, in plain prose, or as the JSON object of `answerSchema`, wherever in the text it stands.
 * Never throws, whatever it is given; time is linear in the length.
 */
export function parseAnswer(raw: string, options: ReadOptions = {}): Answer {
  const { emotion = true, rois = [], cut = false } = options;
  const text = cleanText(withoutThinking(raw)).trim();
  const read = structured(text) ?? inWords(text, cut);
  if (emotion) return read;
  const { aus, nothing } = read;
  return { text: motionText(aus, rois), aus, nothing, parsed: read.parsed && (aus.length > 0 || nothing) };
}

function inWords(said: string, cut: boolean): Answer {
  const text = withoutObjects(said);
  // An object that breaks off, or a list: neither is prose.
  if (looksLikeJson(text) || /^[[\],\s]*$/.test(text)) return { text: '', aus: [], nothing: false, parsed: false };
  const searched = text.slice(-SEARCHED);
  const summary = summaryOf(searched);
  const inSummary = summary === undefined ? [] : findActionUnits(summary);
  const category = (summary === undefined ? undefined : findCategory(summary)) ?? findCategory(searched);
  // A blink (AU43, AU45) may be named besides "no micro-expression"; another unit contradicts it, and then counts for more.
  const nothing = category === 'none' && inSummary.every(({ unit }) => unit === 43 || unit === 45);
  const mentions = inSummary.length > 0 || nothing ? inSummary : findActionUnits(searched);
  return {
    text: boundText(text),
    aus: mentions.slice(0, MAX_UNITS).map(toActionUnit),
    ...emotionOf(category),
    nothing,
    parsed: (mentions.length > 0 || nothing || category !== undefined) && !(cut && inSummary.length === 0),
  };
}

const probability = z.coerce
  .number()
  .transform((p) => (Number.isFinite(p) ? Math.min(1, Math.max(0, p)) : 0))
  .catch(0);
const unitSchema = z.preprocess(
  unitOf,
  z
    .object({
      au: z.union([z.string(), z.number()]),
      side: z.enum(['left', 'right', 'both']).catch('both'),
      confidence: probability,
    })
    .nullable()
    .catch(null),
);
const labelSchema = z.preprocess(
  (label) => (typeof label === 'string' ? label.trim().toLowerCase() : label),
  z.enum([...EMOTION_LABELS, 'none']).catch('other'),
);
const structuredSchema = z.object({
  analysis: z.string().catch(''),
  reasoning: z.string().catch(''),
  summary: z.string().catch(''),
  aus: z.preprocess((aus) => (typeof aus === 'string' ? aus.split(/[,;+]/) : aus), z.array(unitSchema).catch([])),
  emotion: z.preprocess(
    (emotion) => (typeof emotion === 'string' ? { label: emotion } : emotion),
    z
      .object({
        label: labelSchema,
        probabilities: z
          .object({ negative: probability, positive: probability, surprise: probability, other: probability })
          .optional()
          .catch(undefined),
      })
      .optional()
      .catch(undefined),
  ),
});
const KEYS = Object.keys(structuredSchema.shape);

/** A unit as servers without a schema write it: "AU12", "AU12 (left)". */
function unitOf(item: unknown): unknown {
  if (typeof item !== 'string') return item;
  const [mention] = findActionUnits(item);
  return mention ? toActionUnit(mention) : null;
}

/** An answer as an object: alone, fenced, or within prose. */
function structured(text: string): Answer | undefined {
  const value = findObject(text, KEYS);
  if (!value) return undefined;
  const read = structuredSchema.safeParse(value);
  if (!read.success) return undefined;
  const { analysis, reasoning, summary, aus, emotion: stated } = read.data;
  const units = new Map<string, ActionUnit>();
  for (const item of aus) {
    const number = Number(/\d{1,2}/.exec(String(item?.au))?.[0]);
    if (item && KNOWN_UNITS.has(number) && units.size < MAX_UNITS)
      units.set(`AU${String(number)}`, { au: `AU${String(number)}`, side: item.side, confidence: item.confidence });
  }
  const parts = [analysis, reasoning, summary].filter(Boolean).join('\n\n');
  if (parts === '' && units.size === 0 && !stated) return undefined;
  const noUnits = Array.isArray(value['aus']) && value['aus'].length === 0 && !stated;
  const nothing = stated?.label === 'none' || noUnits || (units.size === 0 && findCategory(summary) === 'none');
  return {
    text: boundText(parts),
    aus: nothing ? [] : [...units.values()],
    ...(stated && stated.label !== 'none'
      ? { emotion: { label: stated.label, probabilities: normalised(stated.probabilities, stated.label) } }
      : {}),
    nothing,
    parsed: units.size > 0 || nothing || stated !== undefined,
  };
}

function toActionUnit({ unit, side, confidence }: Mention): ActionUnit {
  return { au: `AU${String(unit)}`, side, confidence: confidence ?? UNSTATED_CONFIDENCE };
}

/** An answer in words gives a label and no probabilities: the label has it all. */
function emotionOf(category: Category | undefined): { emotion?: Emotion } {
  return category === undefined || category === 'none'
    ? {}
    : { emotion: { label: category, probabilities: normalised(undefined, category) } };
}

function normalised(given: Emotion['probabilities'] | undefined, label: EmotionLabel): Emotion['probabilities'] {
  const sum = given ? given.negative + given.positive + given.surprise + given.other : 0;
  if (!given || sum <= 0) return { negative: 0, positive: 0, surprise: 0, other: 0, [label]: 1 };
  return { negative: given.negative / sum, positive: given.positive / sum, surprise: given.surprise / sum, other: given.other / sum };
}

function withoutThinking(raw: string): string {
  const filter = new ThinkFilter({ hold: true });
  return filter.push(raw) + filter.end();
}
