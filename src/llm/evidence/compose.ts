import type { Emotion } from '../../events/schema.js';
import { unitName } from '../answer/action-unit-names.js';
import { certainty, confidenceOf } from './confidence.js';
import type { FoundUnit } from './find-units.js';

/** What the window is known to be, for the summary. */
type ExpressionKind = 'micro' | 'macro' | undefined;

/** What there is to say. */
export interface Findings {
  readonly units: readonly FoundUnit[];
  /** Absent where none is asked for. */
  readonly emotion: Emotion | undefined;
  readonly kind: ExpressionKind;
}

const TITLE = { negative: 'Negative', positive: 'Positive', surprise: 'Surprise', other: 'Open' } as const;

/** The answer in the dialogue's parts; every sentence states one motion of the table, once. Sides are the person's own. */
export function compose({ units, emotion, kind }: Findings): string {
  const nothing = units.every(({ unit }) => unit === 45);
  const lines = units.map(sentence);
  const parts = [
    `### 1. Regions that moved\n${lines.length === 0 ? 'No region moves beyond its error.' : lines.join('\n')}`,
    ...(emotion && !nothing ? [`### 2. From the pattern to the category\n${reasoning(units, emotion)}`] : []),
    `### ${emotion ? '3' : '2'}. Summary\n${summary(units, emotion, kind, nothing)}`,
  ];
  return parts.join('\n\n');
}

function sentence({ unit, side, strength, statement: { part, direction, size } }: FoundUnit): string {
  const name = unitName(unit);
  const whose = MIDLINE.has(part)
    ? `The ${part} ${part.endsWith('s') ? 'move' : 'moves'}`
    : side === 'both'
      ? `Both ${plural(part)} move`
      : `The ${side} ${part} moves`;
  const how = certainty(confidenceOf(strength));
  return `* ${whose} ${direction} by ${side === 'both' && !MIDLINE.has(part) ? 'up to ' : ''}${size.toFixed(1)} px: ${how} AU${String(unit)}${name === undefined ? '' : `, ${name}`}.`;
}

const MIDLINE: ReadonlySet<string> = new Set(['chin', 'lips', 'upper lids']);

function plural(part: string): string {
  return `${part}s`;
}

function reasoning(units: readonly FoundUnit[], { label, probabilities }: Emotion): string {
  const names = units
    .filter(({ unit }) => unit !== 45)
    .map(({ unit }) => `AU${String(unit)}`)
    .join(', ');
  const several = names.includes(',');
  if (label === 'other') return `${names} ${several ? 'decide' : 'decides'} no category; it stays open.`;
  return `${names} ${several ? 'are' : 'is'} mostly coded as ${label} (${String(Math.round(100 * probabilities[label]))} %).`;
}

function summary(units: readonly FoundUnit[], emotion: Emotion | undefined, kind: ExpressionKind, nothing: boolean): string {
  const named = units
    .map(({ unit, side }) => `AU${String(unit)}${unit === 45 ? ' (blink)' : side === 'both' ? '' : ` (${side})`}`)
    .join(', ');
  const list = `Action units: ${named === '' ? 'none' : named}.`;
  if (nothing) return emotion ? `${list} No expression.` : `${list} No action units of an expression.`;
  if (!emotion) return list;
  const what = kind === 'micro' ? 'Micro-expression' : kind === 'macro' ? 'Macro-expression' : 'Expression';
  return `${list} ${what}: ${TITLE[emotion.label]}.`;
}
