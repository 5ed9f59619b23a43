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

const TITLE = { negative: ': Negative', positive: ': Positive', surprise: ': Surprise', other: ', category open' } as const;

/** The answer in the dialogue's parts; every sentence states one motion of the table, once. Sides are the person's own. */
export function compose({ units, emotion, kind }: Findings): string {
  const nothing = units.every(({ unit }) => unit === 45);
  const lines = byMotion(units).map(sentence);
  const parts = [
    `### 1. Regions that moved\n${lines.length === 0 ? 'No region moves by more than its measurement error.' : lines.join('\n')}`,
    ...(emotion && !nothing ? [`### 2. From the pattern to the category\n${reasoning(units, emotion)}`] : []),
    `### ${emotion ? '3' : '2'}. Summary\n${summary(units, emotion, kind, nothing)}`,
  ];
  return parts.join('\n\n');
}

/** Units that one motion shows together, the surest first: AU12 and AU14 of a corner that is held. */
function byMotion(units: readonly FoundUnit[]): FoundUnit[][] {
  const groups = new Map<string, FoundUnit[]>();
  for (const unit of units) {
    const key = `${unit.statement.part} ${unit.side}`;
    groups.set(key, [...(groups.get(key) ?? []), unit]);
  }
  return [...groups.values()];
}

function sentence(units: readonly FoundUnit[]): string {
  // The last one says more of the motion: "up, held from going out" rather than "up".
  const last = units.at(-1);
  if (!last) return '';
  const { part, direction } = last.statement;
  const size = Math.max(...units.map(({ statement }) => statement.size));
  const whose = MIDLINE.has(part)
    ? `The ${part} ${part.endsWith('s') ? 'move' : 'moves'}`
    : last.side === 'both'
      ? `Both ${plural(part)} move`
      : `The ${last.side} ${part} moves`;
  const most = last.side === 'both' && !MIDLINE.has(part) ? 'up to ' : '';
  return `* ${whose} ${direction} by ${most}${size.toFixed(1)} px: ${listed(units.map(named))}.`;
}

function named({ unit, strength }: FoundUnit): string {
  const name = unitName(unit);
  return `${certainty(confidenceOf(strength))} AU${String(unit)}${name === undefined ? '' : ` (${name})`}`;
}

const MIDLINE: ReadonlySet<string> = new Set(['chin', 'lips', 'upper lids']);

function plural(part: string): string {
  return `${part}s`;
}

function reasoning(units: readonly FoundUnit[], { label, probabilities }: Emotion): string {
  const names = units.filter(({ unit }) => unit !== 45).map(({ unit }) => `AU${String(unit)}`);
  const all = listed(names);
  if (label !== 'other') return `Published codings assign ${all} mostly to ${label} (${String(Math.round(100 * probabilities[label]))} %).`;
  return names.length === 1 ? `${all} alone does not indicate a category.` : `${all} together do not indicate one category.`;
}

/** "a", "a and b", "a, b and c". */
function listed(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1) ?? ''}`;
}

function summary(units: readonly FoundUnit[], emotion: Emotion | undefined, kind: ExpressionKind, nothing: boolean): string {
  const all = units
    .map(({ unit, side }) => `AU${String(unit)}${unit === 45 ? ' (blink)' : side === 'both' ? '' : ` (${side})`}`)
    .join(', ');
  const list = `Action units: ${all === '' ? 'none' : all}.`;
  if (nothing) return emotion ? `${list} No expression.` : `${list} No action units of an expression.`;
  if (!emotion) return list;
  const what = kind === 'micro' ? 'Micro-expression' : kind === 'macro' ? 'Macro-expression' : 'Expression';
  return `${list} ${what}${TITLE[emotion.label]}.`;
}
