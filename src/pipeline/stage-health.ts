/** What of a session may fail and come back. */
export type Part = 'vision' | 'flow' | 'mellm';

const WHAT: Readonly<Record<Part, { readonly failed: string; readonly resumed: string }>> = {
  vision: { failed: "faces can't be followed for the moment; this goes on with a gap", resumed: 'faces are followed again' },
  flow: { failed: 'motion could not be measured; the alert closes without it', resumed: 'motion is measured again' },
  mellm: { failed: 'the language model failed; the alert closes without its text', resumed: 'the language model answers again' },
};

/**
 * Tells a session's viewers that a part failed (`error` with `vision_failed`, `flow_failed`, `mellm_failed`) and that it is
 * back (`…_resumed`): once an outage, not once a frame. Every failure is logged.
 */
export class StageHealth {
  readonly #tell: (code: string, message: string) => void;
  readonly #log: (part: Part, error: unknown) => void;
  readonly #down = new Set<Part>();

  constructor(tell: (code: string, message: string) => void, log: (part: Part, error: unknown) => void) {
    this.#tell = tell;
    this.#log = log;
  }

  failed(part: Part, error: unknown): void {
    this.#log(part, error);
    if (this.#down.has(part)) return;
    this.#down.add(part);
    this.#tell(`${part}_failed`, WHAT[part].failed);
  }

  worked(part: Part): void {
    if (this.#down.delete(part)) this.#tell(`${part}_resumed`, WHAT[part].resumed);
  }
}
