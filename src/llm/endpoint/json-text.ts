/**
 * Reads the text values out of a JSON object while it streams: of a structured answer the viewer sees `analysis`, `reasoning` and
 * `summary` grow as prose. A stream that is no JSON object passes through as it is.
 */
export class JsonText {
  readonly #keys: ReadonlySet<string>;
  #mode: 'unknown' | 'plain' | 'json' = 'unknown';
  #start = '';
  #depth = 0;
  #inString = false;
  #escape = '';
  #key = '';
  #isKey = false;
  #shown = false;
  #text = '';
  #high = '';

  /** @param keys the object's own keys whose text is wanted. */
  constructor(keys: readonly string[] = ['analysis', 'reasoning', 'summary']) { this.#keys = new Set(keys); }

  /** Text that became known. */
  push(piece: string): string {
    if (this.#mode === 'plain') return piece;
    if (this.#mode === 'unknown') {
      this.#start += piece;
      const begin = /^\s*(?:```(?:json)?\s*)?/.exec(this.#start)?.[0].length ?? 0;
      const rest = this.#start.slice(begin);
      if (rest === '' || '```json'.startsWith(this.#start.trim())) return '';
      this.#mode = rest.startsWith('{') ? 'json' : 'plain';
      if (this.#mode === 'plain') return this.#start;
      piece = rest;
    }
    this.#text = '';
    for (const character of piece) this.#take(character);
    return this.#text;
  }

  #take(c: string): void {
    if (this.#inString) this.#inside(c);
    else if (c === '"') {
      this.#inString = true;
      this.#isKey = this.#depth === 1 && this.#expectsKey;
      if (this.#isKey) this.#key = '';
      else if (this.#wanted && this.#shown) this.#text += '\n\n';
    } else if (c === '{' || c === '[') { this.#depth++; this.#expectsKey = c === '{'; }
    else if (c === '}' || c === ']') this.#depth--;
    else if (c === ':') this.#expectsKey = false;
    else if (c === ',' && this.#depth === 1) { this.#expectsKey = true; this.#key = ''; }
  }

  #expectsKey = false;

  get #wanted(): boolean { return this.#depth === 1 && !this.#isKey && this.#keys.has(this.#key); }

  #inside(c: string): void {
    if (this.#escape !== '') {
      this.#escape += c;
      const [, kind] = this.#escape;
      if (kind === 'u' && this.#escape.length < 6) return;
      this.#add(kind === 'u' ? String.fromCharCode(Number.parseInt(this.#escape.slice(2), 16) || 0xfffd) : ({ n: '\n', t: '\t', r: '', b: '', f: '' }[kind ?? ''] ?? kind ?? ''));
      this.#escape = '';
    } else if (c === '\\') this.#escape = c;
    else if (c === '"') this.#inString = false;
    else this.#add(c);
  }

  #add(c: string): void {
    if (this.#isKey) { if (this.#key.length < 64) this.#key += c; return; }
    if (!this.#wanted) return;
    // A character outside the basic plane comes as two escapes.
    if (/^[\ud800-\udbff]$/.test(c)) { this.#high = c; return; }
    this.#text += this.#high + c;
    this.#high = '';
    this.#shown = true;
  }
}
