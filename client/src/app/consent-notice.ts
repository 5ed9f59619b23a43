import { signal } from '@preact/signals';
import type { NewMarker } from '../../../src/events/schema.js';

/** Marker by which a session says that its notice was acknowledged. */
const CODE = 'notice_acknowledged';
/** Milliseconds between attempts to store it: a session takes markers from its first frame on. */
const RETRY_MS = 1000;
const ATTEMPTS = 60;

export interface ConsentNoticeOptions {
  /** The text that the server wants shown; null: none. */
  readonly text: () => Promise<string | null>;
  readonly mark: (session: string, marker: NewMarker) => Promise<unknown>;
  readonly retryMs?: number;
}

/** The notice before a camera is opened, and that it was acknowledged. */
export class ConsentNotice {
  /** What is to be shown now; empty: nothing. */
  readonly shown = signal('');
  readonly #options: ConsentNoticeOptions;
  #answer: ((acknowledged: boolean) => void) | undefined;
  #acknowledged: { readonly at: Date; readonly text: string } | undefined;

  constructor(options: ConsentNoticeOptions) {
    this.#options = options;
  }

  /** Shows the notice, where there is one, and waits. Whether the camera may be opened. */
  async ask(): Promise<boolean> {
    this.#answer?.(false);
    this.#acknowledged = undefined;
    const text = await this.#options.text();
    if (text === null) return true;
    const answered = new Promise<boolean>((resolve) => {
      this.#answer = resolve;
    });
    this.shown.value = text;
    const acknowledged = await answered;
    if (acknowledged) this.#acknowledged = { at: new Date(), text };
    return acknowledged;
  }

  answer(acknowledged: boolean): void {
    this.shown.value = '';
    this.#answer?.(acknowledged);
    this.#answer = undefined;
  }

  /** Stores with a session when the notice was acknowledged, and which. False where it could not be stored. */
  async record(session: string): Promise<boolean> {
    const acknowledged = this.#acknowledged;
    if (!acknowledged) return true;
    const { mark, retryMs = RETRY_MS } = this.#options;
    const marker = { code: CODE, trial: acknowledged.at.toISOString(), stimulus: `sha256:${await sha256(acknowledged.text)}` };
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        await mark(session, marker);
        return true;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, retryMs));
      }
      if (this.#acknowledged !== acknowledged) return false;
    }
    return false;
  }
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
