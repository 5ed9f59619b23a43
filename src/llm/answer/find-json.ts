import { jsonrepair } from 'jsonrepair';

/** Objects of one text that are looked at. */
const MOST = 32;
/** Characters. A longer object is not an answer. */
const LONGEST = 65_536;
/** What only JSON looks like: an object's or a list's beginning, or a key of an answer. */
const JSON_LIKE = /[{[]\s{0,16}"[^"\n]{0,64}"\s{0,16}[:,]|"(?:analysis|reasoning|summary|aus|emotion|side|confidence)"\s{0,16}:/;

/** An object within a text. */
interface Found {
  readonly from: number;
  readonly to: number;
  readonly value: Readonly<Record<string, unknown>>;
}

/**
 * The last object of a text that has one of the keys: as JSON, or as models write it (a trailing comma, single quotes, comments). One that
 * breaks off is not found.
 */
export function findObject(text: string, keys: readonly string[]): Readonly<Record<string, unknown>> | undefined {
  return objectsOf(text).findLast(({ value }) => keys.some((key) => Object.hasOwn(value, key)))?.value;
}

/** The text without the objects within it. */
export function withoutObjects(text: string): string {
  let rest = '';
  let at = 0;
  for (const { from, to } of objectsOf(text)) {
    rest += text.slice(at, from);
    at = to;
  }
  return `${rest}${text.slice(at)}`
    .replace(/```(?:json)?\s{0,16}```/g, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** Whether a text holds JSON, or a piece of it. */
export function looksLikeJson(text: string): boolean {
  return JSON_LIKE.test(text);
}

function objectsOf(text: string): Found[] {
  const found: Found[] = [];
  let at = text.indexOf('{');
  for (let tries = 0; at >= 0 && tries < MOST; tries++) {
    const to = endOf(text, at);
    const value = to === undefined ? undefined : parsed(text.slice(at, to));
    if (value && to !== undefined) found.push({ from: at, to, value });
    at = text.indexOf('{', value && to !== undefined ? to : at + 1);
  }
  return found;
}

/** Where the object that begins at `from` ends; undefined where it does not. */
function endOf(text: string, from: number): number | undefined {
  let depth = 0;
  let quoted = false;
  const most = Math.min(text.length, from + LONGEST);
  for (let i = from; i < most; i++) {
    const c = text[i];
    if (quoted) {
      if (c === '\\') i++;
      else if (c === '"') quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === '{' || c === '[') depth++;
    else if ((c === '}' || c === ']') && --depth === 0) return i + 1;
  }
  return undefined;
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  const value = tried(() => JSON.parse(text)) ?? (/["':]/.test(text) ? tried(() => JSON.parse(jsonrepair(text))) : undefined);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : undefined;
}

/** Deep nesting overflows the stack of either parser. */
function tried(parse: () => unknown): unknown {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
