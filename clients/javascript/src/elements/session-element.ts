import type { Event } from '../../../../src/events/schema.js';
import { MellmClient } from '../client.js';
import { ProblemError } from '../problem.js';

/** What an element tells of its connection. */
export type ElementState = 'waiting' | 'live' | 'ended' | 'refused';

/** Milliseconds between looks for a live session, where none is named. */
const LOOK_INTERVAL_MS = 3000;

/** Folder of this bundle: its server. A string operation, since Vite inlines `new URL('.', import.meta.url)` as an asset. */
const OWN_FOLDER = import.meta.url.replace(/[^/]*$/, '');

/** Where there is no DOM (Node.js, a server that renders pages), the classes can be loaded, and no more. */
// eslint-disable-next-line @typescript-eslint/no-extraneous-class -- stands for HTMLElement
const Base = (globalThis.HTMLElement as typeof HTMLElement | undefined) ?? (class {} as typeof HTMLElement);

/**
 * Follows a session: attributes `server`, `token` and `session`. Without `session`, it is the newest live one, and after its end the next.
 * Sends `mellm-state` and, once an alert is final, `mellm-alert`.
 */
export abstract class SessionElement extends Base {
  static readonly observedAttributes: readonly string[] = ['server', 'token', 'session'];

  /** The client to use instead of one made from `server` and `token`. */
  client: MellmClient | undefined;
  #following: AbortController | undefined;
  #scheduled = false;

  connectedCallback(): void {
    this.#schedule();
  }

  disconnectedCallback(): void {
    this.#following?.abort();
    this.#following = undefined;
  }

  attributeChangedCallback(): void {
    if (this.isConnected) this.#schedule();
  }

  /** Shows nothing of a session before. */
  protected abstract clear(): void;
  protected abstract take(event: Event, client: MellmClient): void;
  /** @param problem why it was refused */
  protected abstract tell(state: ElementState, problem?: string): void;

  /** Several attributes are often set at once. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#following?.abort();
      if (!this.isConnected) return;
      const following = new AbortController();
      this.#following = following;
      this.clear();
      void this.#follow(following.signal);
    });
  }

  #state(state: ElementState, problem?: string): void {
    this.tell(state, problem);
    this.dispatchEvent(new CustomEvent('mellm-state', { detail: { state, problem }, bubbles: true, composed: true }));
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const client = this.client ?? this.#newClient();
    const named = this.getAttribute('session');
    let last: string | undefined;
    try {
      do {
        this.#state('waiting');
        const session = named ?? (await nextLive(client, last, signal));
        if (session === undefined) return;
        if (last !== undefined) this.clear();
        last = session;
        await this.#watch(client, session, signal);
      } while (named === null && !signal.aborted);
    } catch (error) {
      if (signal.aborted) return;
      this.#state('refused', error instanceof Error ? error.message : String(error));
    }
  }

  async #watch(client: MellmClient, session: string, signal: AbortSignal): Promise<void> {
    this.#state('live');
    for await (const event of client.events(session, { signal })) {
      if (signal.aborted) return;
      this.take(event, client);
      if (event.type === 'annotation.closed' && !event.annotation.withdrawn)
        this.dispatchEvent(new CustomEvent('mellm-alert', { detail: event.annotation, bubbles: true, composed: true }));
    }
    if (!signal.aborted) this.#state('ended');
  }

  #newClient(): MellmClient {
    const server = this.getAttribute('server') ?? OWN_FOLDER;
    return new MellmClient({ server, token: () => this.getAttribute('token') ?? '' });
  }
}

/** The newest live session, once there is one. @param before the one that ended */
async function nextLive(client: MellmClient, before: string | undefined, signal: AbortSignal): Promise<string | undefined> {
  while (!signal.aborted) {
    try {
      const found = (await client.sessions({ limit: 50, signal })).find(({ id, state }) => state === 'live' && id !== before);
      if (found) return found.id;
    } catch (error) {
      if (!(error instanceof ProblemError) || !error.mayRetry) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL_MS));
  }
  return undefined;
}
