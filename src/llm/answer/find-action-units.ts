import type { Side } from '../../events/schema.js';
import { KNOWN_UNITS, NAME_PATTERN, unitNamed } from './action-unit-names.js';

/** An action unit as a text names it. */
export interface Mention {
  readonly unit: number;
  readonly side: Side;
  /** As stated in numbers or words; absent where nothing was said. */
  readonly confidence?: number;
}

/* AU12, AU 12, AU-12, AUs 1, 2 and 5, AU1+2, AU4/7, Action Units 6 & 12, AU12L, AUR12, AU12C; then the plain FACS names. */
const LIST = String.raw`[LR]?\d{1,2}[LRBU]?(?:[A-E]\b)?(?:\s{0,2}(?:,|\+|/|&|and|, and)\s{0,2}(?:AUs?[\s_-]{0,2})?[LR]?\d{1,2}[LRBU]?(?:[A-E]\b)?(?!\s{0,2}(?:%|px|°|\.\d|pixel|degree)))*`;
const MENTION = new RegExp(String.raw`\b(?:AUs?|action units?)[\s:_#*()-]{0,4}(${LIST})|\b(${NAME_PATTERN})\b`, 'gi');
const ITEM = /([LR])?(\d{1,2})([LRBU])?/gi;

/** Words that deny a mention, in the same sentence and before it; or right after it. */
const DENIED_BEFORE =
  /\b(?:no|not|without|absent|lacks?|lacking|neither|nor|rules? out|ruled out|excludes?|excluding|rather than|instead of|isn't|doesn't|unlikely)\b[^.;:\n]{0,60}$/i;
const DENIED_AFTER = /^[^.;,\n]{0,24}\b(?:is|are|was|were)? ?(?:not|absent|unlikely|ruled out|excluded|missing|inactive)\b/i;
const CLAUSE = /[.;\n]|\bbut\b|\bhowever\b|\bwhile\b/gi;

const WORDS: readonly (readonly [RegExp, number])[] = [
  [/\b(?:clear(?:ly)?|definite(?:ly)?|certain(?:ly)?|strong(?:ly)?|high confidence|very likely)\b/i, 0.9],
  [/\b(?:likely|probabl[ey]|moderate confidence|fairly sure)\b/i, 0.7],
  [/\b(?:possibl[ey]|may|might|perhaps|weak(?:ly)?|slight(?:ly)?|uncertain|tentative(?:ly)?|low confidence)\b/i, 0.45],
];

/**
 * Every action unit that a text affirms, in order of first mention; a unit named more than once joins its sides and keeps its
 * highest stated confidence. Denied ones ("no AU4", "AU9 is absent") are left out. Linear in the text's length.
 */
export function findActionUnits(text: string): Mention[] {
  const found = new Map<number, Mention>();
  for (const match of text.matchAll(MENTION)) {
    const before = clauseBefore(text, match.index);
    const after = clauseAfter(text, match.index + match[0].length);
    if (DENIED_BEFORE.test(before) || DENIED_AFTER.test(after)) continue;
    const confidence = statedConfidence(before, after);
    const around = sideAround(before, after);
    for (const [unit, own] of units(match)) {
      if (!KNOWN_UNITS.has(unit)) continue;
      const mention: Mention = { unit, side: own ?? around ?? 'both', ...(confidence === undefined ? {} : { confidence }) };
      found.set(unit, joined(found.get(unit), mention, own !== undefined || around !== undefined));
    }
  }
  return [...found.values()];
}

function* units(match: RegExpExecArray): Generator<readonly [number, Side | undefined]> {
  const [, list, name] = match;
  if (name !== undefined) {
    const unit = unitNamed(name);
    if (unit !== undefined) yield [unit, undefined];
    return;
  }
  for (const [, before, digits, after] of (list ?? '').matchAll(ITEM)) {
    const letter = (before ?? after ?? '').toUpperCase();
    yield [Number(digits), letter === 'L' ? 'left' : letter === 'R' ? 'right' : undefined];
  }
}

/** A later mention without a side says nothing against an earlier one with it. */
function joined(earlier: Mention | undefined, later: Mention, sided: boolean): Mention {
  if (!earlier) return later;
  const side = !sided || earlier.side === later.side ? earlier.side : 'both';
  const confidence = Math.max(earlier.confidence ?? -1, later.confidence ?? -1);
  return { unit: earlier.unit, side, ...(confidence < 0 ? {} : { confidence }) };
}

function clauseBefore(text: string, at: number): string {
  const stretch = text.slice(Math.max(0, at - 80), at);
  let start = 0;
  for (const boundary of stretch.matchAll(CLAUSE)) {
    const end = boundary.index + boundary[0].length;
    if (boundary[0] !== '.' || !/\d$/.test(stretch.slice(0, boundary.index)) || !/^\d/.test(stretch.slice(end))) start = end;
  }
  return stretch.slice(start);
}

function clauseAfter(text: string, at: number): string {
  const stretch = text.slice(at, at + 90);
  const end = stretch.search(/;|\n|\.(?!\d)|\bAUs?[\s-]?\d|\baction units?\b/i);
  return end < 0 ? stretch : stretch.slice(0, end);
}

function statedConfidence(before: string, after: string): number | undefined {
  const number =
    /^[^,;]{0,40}?(?:(?:confidence|probability|p|conf\.?)\s{0,2}[:=≈]?\s{0,2}(?:of )?)(\d{1,3}(?:\.\d{1,4})?)\s?(%)?/i.exec(after) ??
    /^[\s*(,]{1,6}(0?\.\d{1,4}|1\.0{1,3}|\d{1,3}(?=\s?%))\s?(%)?/.exec(after);
  if (number) {
    const value = Number(number[1]) * (number[2] === undefined && Number(number[1]) <= 1 ? 1 : 0.01);
    return Math.min(1, Math.max(0, value));
  }
  const nearby = `${before.slice(-40)} | ${after.slice(0, 30)}`;
  return WORDS.find(([pattern]) => pattern.test(nearby))?.[1];
}

/** "left AU12", "AU12 (left)", "AU12 on the right side", "bilateral AU4"; not the side that a region's name carries. */
function sideAround(before: string, after: string): Side | undefined {
  const near =
    /^[\s*]{0,3}(?:\((?:[^()]{0,40}?[,;] ?)?(?:the )?(left|right|both|bilateral|unilateral left|unilateral right)(?: sides?| only)?\b|(?:on|at) (?:the )?(?:person's |subject's )?(left|right|both)(?: sides?)?\b|,? ?\b(left|right|both sides|bilaterally?)\b(?! (?:mouth|cheek|inner|outer|upper|lower|nostril|eye|brow)))/i.exec(
      after,
    ) ?? /\b(left|right|both|bilateral|left-sided|right-sided)(?:[ -]side(?:d)?)?\s{1,2}\(?$/i.exec(before);
  const word = (near?.[1] ?? near?.[2] ?? near?.[3])?.toLowerCase();
  if (word === undefined) return undefined;
  return word.includes('left') ? 'left' : word.includes('right') ? 'right' : 'both';
}
