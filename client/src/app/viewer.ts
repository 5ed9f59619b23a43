import { signal } from '@preact/signals';
import { AlertDeck, DECK_SIZE } from '../model/alert-deck.js';
import { SteadyCondition } from '../model/steady-condition.js';
import { SessionView } from '../model/session-view.js';
import type { EventStream, StreamState } from '../../../clients/javascript/src/index.js';
import { mellm } from '../net/mellm.js';
import { AlertNotice } from './alert-notice.js';

/** Milliseconds after which an alert is news: before, what happened until now is being told. */
const REPLAY_MS = 2000;

/** Watches one session at a time: its events feed the view and the deck of alerts. */
export class Viewer {
  readonly deck = new AlertDeck();
  readonly notice = new AlertNotice();
  readonly steady = new SteadyCondition();
  readonly view = signal<SessionView | undefined>(undefined);
  readonly streamState = signal<StreamState | undefined>(undefined);
  /** Messages of this page's streams that the schema refused. */
  readonly invalid = signal(0);
  /** Told when the server ends the session. */
  onEnded: (reason: string) => void = () => undefined;
  #stream: EventStream | undefined;

  constructor() {
    addEventListener('online', () => {
      this.#stream?.retryNow();
    });
  }

  /** Follows a session; the one followed before is left. Alerts already on the page stay. */
  watch(session: string): void {
    this.#stream?.close();
    const view = new SessionView(session);
    this.view.value = view;
    const since = performance.now();
    const stream = mellm.watch(session, {
      onState: (state) => {
        if (this.view.peek() === view) this.streamState.value = state;
      },
      onEvent: (event) => {
        if (event.session !== session) return;
        view.take(event, performance.now());
        this.deck.take(event);
        if (event.type === 'annotation.opened' && performance.now() - since > REPLAY_MS) this.notice.alert();
        if (event.type === 'session.ended') {
          if (event.reason === 'deleted') this.deck.forget(session);
          this.onEnded(event.reason);
        }
        if (this.#stream && this.invalid.peek() !== this.#stream.invalid) this.invalid.value = this.#stream.invalid;
      },
      onGap: () => {
        void this.#readClosed(session, view);
      },
    });
    this.#stream = stream;
  }

  /** Fills a hole in the events with the annotations that the server keeps longer. */
  async #readClosed(session: string, view: SessionView): Promise<void> {
    const closed = await mellm.annotations(session).catch(() => []);
    for (const annotation of closed.slice(-DECK_SIZE)) {
      const event = { type: 'annotation.closed', session, seq: 1, t: annotation.offset ?? annotation.apex, annotation } as const;
      this.deck.take(event);
      view.take(event, performance.now());
    }
  }

  /** Takes away all that the page shows of a session, e.g. since it was erased. */
  forget(session: string): void {
    this.deck.forget(session);
    if (this.view.peek()?.id !== session) return;
    this.leave();
    this.view.value = undefined;
  }

  leave(): void {
    this.#stream?.close();
    this.#stream = undefined;
    this.streamState.value = undefined;
  }
}
