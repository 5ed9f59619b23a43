import { z } from 'zod';
import type { ActionUnit, Emotion, EmotionLabel } from '../../annotations/schema.js';
import { boundText, cleanText, MAX_TEXT } from './clean-text.js';
import { KNOWN_UNITS } from './action-unit-names.js';
import { findActionUnits, type Mention } from './find-action-units.js';
import { findCategory, type Category } from './find-category.js';
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
export const UNSTATED_CONFIDENCE = 0.75;
const MAX_UNITS = 24;
/** What is searched: as much as a text may have, from its end, where the summary is. */
const SEARCHED = MAX_TEXT;

/**
 * Reads an answer in the published MELLM's style, in plain prose, or as the JSON object of `answerSchema`. Never throws, whatever
 * it is given; time is linear in the length.
 *
 * @param options.emotion false: no category is read, and sentences that name one are taken out of the text.
 */
export function parseAnswer(raw: string, options: { readonly emotion?: boolean } = {}): Answer {
  const { emotion = true } = options;
  const text = cleanText(withoutThinking(raw)).trim();
  const structured = parseStructured(text, emotion);
  if (structured) return structured;
  const searched = text.slice(-SEARCHED);
  const summary = summaryOf(searched);
  const inSummary = summary === undefined ? [] : findActionUnits(summary);
  const category = (summary === undefined ? undefined : findCategory(summary)) ?? findCategory(searched);
  // A blink (AU43, AU45) may be named besides "no micro-expression"; another unit contradicts it, and then counts for more.
  const nothing = category === 'none' && inSummary.every(({ unit }) => unit === 43 || unit === 45);
  const mentions = inSummary.length > 0 || nothing ? inSummary : findActionUnits(searched);
  return {
    text: boundText(emotion ? text : withoutCategory(text)),
    aus: mentions.slice(0, MAX_UNITS).map(toActionUnit),
    ...(emotion ? emotionOf(category) : {}),
    nothing,
    parsed: mentions.length > 0 || nothing || (emotion && category !== undefined),
  };
}

const probability = z.coerce.number().transform((p) => (Number.isFinite(p) ? Math.min(1, Math.max(0, p)) : 0)).catch(0);
const structuredSchema = z.object({
  analysis: z.string().catch(''),
  reasoning: z.string().catch(''),
  summary: z.string().catch(''),
  aus: z.array(z.object({
    au: z.union([z.string(), z.number()]),
    side: z.enum(['left', 'right', 'both']).catch('both'),
    confidence: probability,
  }).nullable().catch(null)).catch([]),
  emotion: z.object({
    label: z.enum(['negative', 'positive', 'surprise', 'other', 'none']).catch('other'),
    probabilities: z.object({ negative: probability, positive: probability, surprise: probability, other: probability }).optional().catch(undefined),
  }).optional().catch(undefined),
});

function parseStructured(text: string, emotion: boolean): Answer | undefined {
  const body = text.replace(/^```(?:json)?\s*/, '').replace(/\s*```$/, '');
  if (!body.startsWith('{')) return undefined;
  let value: unknown;
  try { value = JSON.parse(body); } catch { return undefined; }
  const read = structuredSchema.safeParse(value);
  if (!read.success) return undefined;
  const { analysis, reasoning, summary, aus, emotion: stated } = read.data;
  const units = new Map<string, ActionUnit>();
  for (const item of aus) {
    const number = Number(/\d{1,2}/.exec(String(item?.au))?.[0]);
    if (item && KNOWN_UNITS.has(number) && units.size < MAX_UNITS) units.set(`AU${String(number)}`, { au: `AU${String(number)}`, side: item.side, confidence: item.confidence });
  }
  const parts = (emotion ? [analysis, reasoning, summary] : [analysis, summary]).filter(Boolean).join('\n\n');
  if (parts === '' && units.size === 0 && !stated) return undefined;
  const nothing = stated?.label === 'none' || (units.size === 0 && findCategory(summary) === 'none');
  return {
    text: boundText(emotion ? parts : withoutCategory(parts)),
    aus: nothing ? [] : [...units.values()],
    ...(emotion && stated && stated.label !== 'none' ? { emotion: { label: stated.label, probabilities: normalised(stated.probabilities, stated.label) } } : {}),
    nothing,
    parsed: units.size > 0 || nothing || stated !== undefined,
  };
}

function toActionUnit({ unit, side, confidence }: Mention): ActionUnit {
  return { au: `AU${String(unit)}`, side, confidence: confidence ?? UNSTATED_CONFIDENCE };
}

/** An answer in words gives a label and no probabilities: the label has it all. */
function emotionOf(category: Category | undefined): { emotion?: Emotion } {
  return category === undefined || category === 'none' ? {} : { emotion: { label: category, probabilities: normalised(undefined, category) } };
}

function normalised(given: Emotion['probabilities'] | undefined, label: EmotionLabel): Emotion['probabilities'] {
  const sum = given ? given.negative + given.positive + given.surprise + given.other : 0;
  if (!given || sum <= 0) return { negative: 0, positive: 0, surprise: 0, other: 0, [label]: 1 };
  return { negative: given.negative / sum, positive: given.positive / sum, surprise: given.surprise / sum, other: given.other / sum };
}

function withoutThinking(raw: string): string {
  const filter = new ThinkFilter();
  return filter.push(raw) + filter.end();
}

const CATEGORY_WORD = /\b(?:negative|positive|surprised?|happiness|happy|joy|disgust(?:ed)?|anger|angry|fear(?:ful)?|sad(?:ness)?|contempt|repression|emotions?|emotional|micro-?expression category)\b/i;

/** The text without any sentence or line that speaks of emotion: an endpoint may give what it was not asked for. */
export function withoutCategory(text: string): string {
  return text.split('\n').map((line) => {
    if (!CATEGORY_WORD.test(line)) return line;
    return line.split(/(?<=[.!?;])\s+/).filter((sentence) => !CATEGORY_WORD.test(sentence)).join(' ');
  }).join('\n').replace(/\n{3,}/g, '\n\n').trim();
}
