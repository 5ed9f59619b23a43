import { EMOTION_LABELS } from '../../common/emotion-labels.js';

/** What a coder's free text says. */
export interface Label {
  /** `micro`, `macro`, or the words that are nothing else; undefined where there are none. */
  readonly kind?: string | undefined;
  readonly aus: readonly string[];
  readonly category?: string | undefined;
  readonly apex: boolean;
}

/** `AU12`, `12`, `L12`, `AU12L`, `12C`: number, side and intensity. */
const UNIT = /^(?:AU)?([LRB]?)(?:AU)?(\d{1,2})([A-E]?)([LR]?)$/i;
const KINDS: Readonly<Record<string, string>> = {
  micro: 'micro',
  'micro-expression': 'micro',
  macro: 'macro',
  'macro-expression': 'macro',
};

/** An action unit as `12` or `L12`, without its intensity; undefined where the word is none. */
function unitOf(word: string): string | undefined {
  const [, before = '', number, , after = ''] = UNIT.exec(word) ?? [];
  if (number === undefined) return undefined;
  const side = (before + after).toUpperCase().replace('B', '');
  return `${side.slice(0, 1)}${String(Number(number))}`;
}

/** Action units of a cell that holds nothing else: `1+2`, `AU1, L12`. Words that are not units are kept as they are. */
export function unitsOf(cell: string): string[] {
  return wordsOf(cell)
    .map((word) => word.replace(/^'/, ''))
    .map((word) => unitOf(word) ?? word);
}

export function readLabel(text: string): Label {
  const aus: string[] = [];
  const rest: string[] = [];
  let kind: string | undefined;
  let category: string | undefined;
  let apex = false;
  for (const word of wordsOf(text)) {
    const lower = word.toLowerCase();
    const unit = unitOf(word);
    if (unit !== undefined) aus.push(unit);
    else if (lower === 'apex') apex = true;
    else if (Object.hasOwn(KINDS, lower)) kind = KINDS[lower];
    else if (EMOTION_LABELS.some((label) => label === lower)) category = lower;
    else rest.push(word);
  }
  return { kind: kind ?? (rest.length > 0 ? rest.join(' ') : undefined), aus, category, apex };
}

function wordsOf(text: string): string[] {
  return text.split(/[+\s,;|]+/).filter(Boolean);
}
