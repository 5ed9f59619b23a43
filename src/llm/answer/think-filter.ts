/**
 * Marks that models put around their thinking, where a server leaves them in the text:
 *
 *     <think> <thinking> <thought> <reasoning> <reflection> <scratchpad>, with a name space or attributes   Qwen, DeepSeek, GLM, Seed-OSS,
 * EXAONE
 *     [THINK]                                                                                               Magistral
 *     ◁think▷                                                                                               Kimi
 *     <|START_THINKING|> <|begin_of_thought|>                                                               Command, OpenThinker
 *     <|channel|>analysis<|message|>, <|channel>thought                                                     gpt-oss (harmony), Gemma
 *     <unused94>                                                                                            MedGemma
 *     <details type="reasoning">                                                                            Open WebUI
 */
const NAMES = 'think(?:ing)?|thoughts?|reason(?:ing)?|reflection|scratchpad';
const OPENING = String.raw`<(?:\w{1,16}:)?(?:${NAMES})(?:\s[^<>]{0,80})?>|\[THINK\]|◁think▷|<\|(?:start|begin)(?:_of)?_think(?:ing)?\|>|<\|begin_of_thought\|>|<\|channel\|?>\s{0,2}(?:analysis|commentary|thought)\b|<unused94>(?:thought\b)?|<details type="reasoning"[^<>]{0,80}>`;
const CLOSING = String.raw`</(?:\w{1,16}:)?(?:${NAMES})\s?>|\[/THINK\]|◁/think▷|<\|end(?:_of)?_think(?:ing)?\|>|<\|end_of_thought\|>|<\|channel\|?>\s{0,2}final\b|<channel\|>|<unused95>|</details>`;
/** Marks in plain words; they count only where text is held back, which ordinary words never do. */
const WORDED = String.raw`assistantfinal|\bHere(?: is|'s) my (?:response|answer):|\.{3}done thinking\.?`;
/** Marks around the answer itself, and between a conversation's turns. */
const WRAPPING = String.raw`</?(?:answer|response|final_answer)>|\[/?ANSWER\]|<\|(?:START|END)_RESPONSE\|>|<\|(?:begin|end)_of_solution\|>|<\|(?:end|return|im_end|eot_id|endoftext)\|>|<\|start\|>\w{0,16}|<\|message\|>`;
const MARK = new RegExp(`(?<open>${OPENING})|(?<close>${CLOSING})|(?<wrap>${WRAPPING})`, 'i');
const MARK_OR_WORD = new RegExp(`(?<open>${OPENING})|(?<close>${CLOSING}|${WORDED})|(?<wrap>${WRAPPING})`, 'i');
/** A longer mark is none. */
const LONGEST = 220;
/** What a mark begins with. */
const STARTS = /[<[◁]/g;
/** Longest of the marks in words. */
const LONGEST_WORDED = 24;

/**
 * Takes the thinking of a reasoning model out of a stream, wherever the pieces break.
 *
 *     const filter = new ThinkFilter();
 *     show(filter.push('<thi')); show(filter.push('nk>hm</think>AU')); show(filter.end());   // '', 'AU', ''
 *
 * Some models get their opening mark from the prompt, so that the text begins within the thinking: what stands before a closing mark
 * without an opening one is thinking. With `hold` nothing is given out that could still turn out to be.
 */
export class ThinkFilter {
  readonly #hold: boolean;
  /** May be the beginning of a mark. */
  #rest = '';
  /** Text outside of marks, not given out yet. */
  #held = '';
  #depth = 0;
  /** Within thinking that quotes its own opening mark: the text after the last closing one. */
  #afterClose: string | undefined;
  #released = false;
  #orphan = false;

  /**
   * @param hold text is given out only when it is sure to be none of the thinking: after a mark, as a JSON object, or at the end. Default
   * false.
   */
  constructor({ hold = false }: { readonly hold?: boolean } = {}) {
    this.#hold = hold;
  }

  /** Thinking came without an opening mark; unless text was held, some of it was given out. */
  get orphan(): boolean {
    return this.#orphan;
  }

  /** What comes next can't be thinking: the server tells thinking apart. */
  release(): void {
    this.#released = true;
  }

  /** What of the answer is certain to be text. */
  push(piece: string): string {
    this.#rest += piece;
    this.#read(false);
    return this.#given();
  }

  /** The rest, when the stream is over: a half-open mark was text after all. */
  end(): string {
    this.#read(true);
    if (this.#depth > 0 && this.#afterClose !== undefined) this.#held += this.#afterClose;
    this.#released = true;
    return this.#given();
  }

  get #holding(): boolean {
    return this.#hold && !this.#released;
  }

  #read(all: boolean): void {
    for (;;) {
      const mark = (this.#depth > 0 || this.#holding ? MARK_OR_WORD : MARK).exec(this.#rest);
      // A mark at the very end may be the beginning of another word.
      if (!mark || (!all && mark.index + mark[0].length === this.#rest.length && /[\w|]$|^<\|start\|>$/.test(mark[0]))) break;
      this.#text(this.#rest.slice(0, mark.index));
      this.#rest = this.#rest.slice(mark.index + mark[0].length);
      if (mark.groups?.['open'] !== undefined) this.#depth = isChannel(mark[0]) ? 1 : this.#depth + 1;
      else if (mark.groups?.['close'] !== undefined) this.#close(mark[0]);
    }
    const keep = all ? 0 : this.#open();
    this.#text(this.#rest.slice(0, this.#rest.length - keep));
    this.#rest = this.#rest.slice(this.#rest.length - keep);
  }

  /** Characters at the end that may begin a mark. */
  #open(): number {
    const { length } = this.#rest;
    const words = this.#depth > 0 || this.#holding ? Math.min(length, LONGEST_WORDED) : 0;
    for (const { index } of this.#rest.slice(-LONGEST).matchAll(STARTS)) {
      const at = Math.max(0, length - LONGEST) + index;
      return Math.max(words, length - at);
    }
    return words;
  }

  #text(text: string): void {
    if (this.#depth === 0) this.#held += text;
    else if (this.#afterClose !== undefined) this.#afterClose += text;
  }

  #close(mark: string): void {
    if (this.#depth > 0) {
      this.#depth = isChannel(mark) ? 0 : this.#depth - 1;
      this.#afterClose = this.#depth > 0 ? '' : undefined;
      if (this.#depth === 0) this.#released = true;
      return;
    }
    // Ordinary answers have details too.
    if (/details/i.test(mark)) return;
    this.#orphan = true;
    if (this.#holding) this.#held = '';
    this.#released = true;
  }

  #given(): string {
    // Thinking does not begin with the answer's own object.
    if (this.#holding && /^\s*(?:```(?:json)?\s*)?\{\s*"/.test(this.#held)) this.#released = true;
    if (this.#holding) return '';
    const text = this.#held;
    this.#held = '';
    return text;
  }
}

/** Channels follow one another; they are not nested. */
function isChannel(mark: string): boolean {
  return /^<\|?channel/i.test(mark);
}
