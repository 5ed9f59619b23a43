export interface KeyframeRequesterOptions {
  /** Milliseconds between two requests, at least; doubles while none is answered, up to `longest`. Default 300. */
  readonly shortest?: number;
  /** Default 3000. */
  readonly longest?: number;
}

/** Asks for a keyframe until one comes, and never too often: a keyframe is large, and asking for many makes loss worse. */
export class KeyframeRequester {
  readonly #send: () => boolean;
  readonly #shortest: number;
  readonly #longest: number;
  #interval: number;
  #wanted = false;
  #last = -Infinity;

  /** `send` sends one request; false when it can't yet. */
  constructor(send: () => boolean, options: KeyframeRequesterOptions = {}) {
    this.#send = send;
    this.#shortest = options.shortest ?? 300;
    this.#longest = options.longest ?? 3000;
    this.#interval = this.#shortest;
  }

  get wanted(): boolean {
    return this.#wanted;
  }

  request(now: number): void {
    this.#wanted = true;
    this.tick(now);
  }

  /** A decodable keyframe came. */
  arrived(): void {
    this.#wanted = false;
    this.#interval = this.#shortest;
  }

  /** Call now and then. */
  tick(now: number): void {
    if (!this.#wanted || now - this.#last < this.#interval || !this.#send()) return;
    if (now - this.#last < this.#longest * 2) this.#interval = Math.min(this.#interval * 2, this.#longest);
    this.#last = now;
  }
}
