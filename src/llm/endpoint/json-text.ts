/** An object or a list begins, as far as can be told: `{"`, `{'`, `{key:`, `{}`, `[{`, `["`. */
const BEGINS = /^(?:\{\s{0,64}(?:["'}]|[A-Za-z_]\w{0,31}\s{0,8}:)|\[\s{0,64}[{"'])/;
/** It may still begin. */
const MAY_BEGIN = /^(?:\{\s{0,64}(?:[A-Za-z_]\w{0,31}\s{0,8})?|\[\s{0,64})$/;
/** A fence that an object may follow. */
const FENCE = /^```(?:json)?\s{0,64}/i;
const MAY_BE_FENCE = /^(?:`{1,3}|```j(?:s(?:o(?:n)?)?)?)$/i;
/** The fence behind an object. */
const FENCE_END = /^\s{0,64}```/;
const MAY_BE_FENCE_END = /^\s{0,64}`{0,2}$/;

/**
 * Shows an answer as prose while it streams: of a JSON object, wherever in the text it stands, the viewer sees `analysis`, `reasoning` and
 * `summary` grow, and nothing of the JSON around them; text that is not JSON passes through unchanged.
 */
export class JsonText {
  readonly #keys: ReadonlySet<string>;
  #json = false;
  /** Prose that may be the beginning of an object, or of a fence. */
  #pending = '';
  #behindObject = false;
  #depth = 0;
  #inString = false;
  #escape = '';
  #key = '';
  #isKey = false;
  #expectsKey = false;
  #shown = false;
  #text = '';
  #high = '';

  /** @param keys the object's own keys whose text is wanted. */
  constructor(keys: readonly string[] = ['analysis', 'reasoning', 'summary']) {
    this.#keys = new Set(keys);
  }

  /** Text that became known. */
  push(piece: string): string {
    this.#text = '';
    for (const character of piece) {
      if (this.#json) this.#inObject(character);
      else this.#inProse(character);
    }
    return this.#text;
  }

  /** The rest, when the stream is over: what might have begun an object was prose after all. */
  end(): string {
    const rest = this.#json || this.#behindObject ? '' : this.#pending;
    this.#pending = '';
    return rest;
  }

  #inProse(c: string): void {
    if (this.#pending === '' && !this.#behindObject && c !== '{' && c !== '[' && c !== '`') {
      this.#text += c;
      return;
    }
    this.#pending += c;
    if (this.#behindObject) {
      if (MAY_BE_FENCE_END.test(this.#pending)) return;
      this.#behindObject = false;
      if (FENCE_END.test(this.#pending)) {
        this.#pending = '';
        return;
      }
    }
    const fence = FENCE.exec(this.#pending)?.[0] ?? '';
    const rest = this.#pending.slice(fence.length);
    if (BEGINS.test(rest)) {
      this.#pending = '';
      this.#json = true;
      for (const character of rest) this.#inObject(character);
    } else if (!MAY_BEGIN.test(rest) && !MAY_BE_FENCE.test(this.#pending) && (fence === '' || rest !== '')) this.#passOn();
  }

  /** The first character that waits is prose; what comes behind it may begin something. */
  #passOn(): void {
    const [first = '', ...others] = this.#pending;
    this.#pending = '';
    this.#text += first;
    for (const character of others) this.#inProse(character);
  }

  #inObject(c: string): void {
    this.#take(c);
    if (this.#depth > 0) return;
    this.#json = false;
    this.#inString = false;
    this.#expectsKey = false;
    this.#key = '';
    this.#behindObject = true;
  }

  #take(c: string): void {
    if (this.#inString) this.#inside(c);
    else if (c === '"') {
      this.#inString = true;
      this.#isKey = this.#depth === 1 && this.#expectsKey;
      if (this.#isKey) this.#key = '';
      else if (this.#wanted && this.#shown) this.#text += '\n\n';
    } else if (c === '{' || c === '[') {
      this.#depth++;
      this.#expectsKey = c === '{';
    } else if (c === '}' || c === ']') this.#depth--;
    else if (c === ':') this.#expectsKey = false;
    else if (c === ',' && this.#depth === 1) {
      this.#expectsKey = true;
      this.#key = '';
    }
  }

  get #wanted(): boolean {
    return this.#depth === 1 && !this.#isKey && this.#keys.has(this.#key);
  }

  #inside(c: string): void {
    if (this.#escape !== '') {
      this.#escape += c;
      const [, kind] = this.#escape;
      if (kind === 'u' && this.#escape.length < 6) return;
      this.#add(
        kind === 'u'
          ? String.fromCharCode(Number.parseInt(this.#escape.slice(2), 16) || 0xfffd)
          : ({ n: '\n', t: '\t', r: '', b: '', f: '' }[kind ?? ''] ?? kind ?? ''),
      );
      this.#escape = '';
    } else if (c === '\\') this.#escape = c;
    else if (c === '"') this.#inString = false;
    else this.#add(c);
  }

  #add(c: string): void {
    if (this.#isKey) {
      if (this.#key.length < 64) this.#key += c;
      return;
    }
    if (!this.#wanted) return;
    // A character outside the basic plane comes as two escapes.
    if (/^[\ud800-\udbff]$/.test(c)) {
      this.#high = c;
      return;
    }
    this.#text += this.#high + c;
    this.#high = '';
    this.#shown = true;
  }
}
