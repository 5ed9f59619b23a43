import type { Answers } from '../../../src/events/http-schema.js';
import { fetchOk, ProblemError } from './problem.js';

/** Validates an answer and returns it, or throws. */
export type Check = <Name extends keyof Answers>(name: Name, value: unknown) => Answers[Name];

export interface RequestsOptions {
  /** Where the server is; ends with a slash. */
  readonly base: () => URL;
  /** The bearer token; empty without one. */
  readonly token: () => string;
  readonly check: Check | undefined;
}

/** Requests to one server: addresses below its own, the token in every request. */
export class Requests {
  readonly #options: RequestsOptions;

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  /** The address of a path, e.g. `api/sessions`. */
  url(path: string): string {
    return new URL(path, this.#options.base()).href;
  }

  /** The Authorization header, where a token is set. */
  authorization(): Record<string, string> {
    const token = this.#options.token();
    return token === '' ? {} : { authorization: `Bearer ${token}` };
  }

  /** @throws ProblemError for every answer that is not `ok` */
  send(path: string, init: RequestInit = {}): Promise<Response> {
    return fetchOk(this.url(path), {
      ...init,
      headers: { ...this.authorization(), ...(init.headers as Record<string, string> | undefined) },
    });
  }

  /** Reads an answer in JSON. @throws ProblemError where it is not what was described */
  async read<Name extends keyof Answers>(name: Name, response: Response): Promise<Answers[Name]> {
    try {
      const value: unknown = await response.json();
      return this.#options.check ? this.#options.check(name, value) : (value as Answers[Name]);
    } catch (cause) {
      if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
      throw new ProblemError("The server's answer is not valid.", { code: 'unreadable', status: response.status, cause });
    }
  }

  async get<Name extends keyof Answers>(name: Name, path: string, signal?: AbortSignal): Promise<Answers[Name]> {
    return this.read(name, await this.send(path, { headers: { accept: 'application/json' }, ...(signal ? { signal } : {}) }));
  }
}
