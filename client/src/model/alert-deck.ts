import { computed, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { Event } from '../../../src/events/schema.js';
import { alertId, announce, applyToAlert, hasFindings, type Alert } from './alert.js';

/** Cards kept; the oldest leave first. */
export const DECK_SIZE = 100;

/** The alerts on the page, newest first. Each has its own signal, so that streamed text redraws one card only. */
export class AlertDeck {
  readonly #alerts = new Map<string, Signal<Alert>>();
  readonly #order = signal<readonly string[]>([]);
  readonly #size: number;
  /** What a screen reader is told; changes with each new alert. */
  readonly announcement = signal('');
  /** Alerts that were dropped from the list for want of room. */
  readonly forgotten = signal(0);
  readonly cards: ReadonlySignal<readonly Signal<Alert>[]> = computed(() => this.#order.value.flatMap((id) => this.#alerts.get(id) ?? []));

  /** The card that the user holds open; undefined while the newest is shown. */
  readonly pinned = signal<string | undefined>(undefined);
  /**
   * The one card that is expanded: the pinned one, or else the newest with findings. An alert that is still being watched takes no
   * place from one that is read, since many are withdrawn a moment later; the first on the page has the place to itself.
   */
  readonly expanded: ReadonlySignal<string | undefined> = computed(() => {
    const pinned = this.pinned.value;
    const order = this.#order.value;
    if (pinned !== undefined && order.includes(pinned)) return pinned;
    const newest = (fits: (alert: Alert) => boolean): string | undefined =>
      order.find((id) => {
        const alert = this.#alerts.get(id)?.value;
        return alert !== undefined && fits(alert);
      });
    return newest(hasFindings) ?? newest(({ status }) => status !== 'withdrawn');
  });

  constructor(size = DECK_SIZE) {
    this.#size = size;
  }

  take(event: Event): void {
    const id = alertId(event);
    if (id === undefined) return;
    const before = this.#alerts.get(id);
    const after = applyToAlert(before?.peek(), event);
    if (!after) return;
    if (before) {
      before.value = after;
      return;
    }
    this.#alerts.set(id, signal(after));
    // Newest first; one that is read later than newer ones of its session (after a hole) takes its place among them.
    const known = this.#order.peek();
    const place = known.findIndex((one) => {
      const other = this.#alerts.get(one)?.peek();
      return other?.session !== after.session || other.apex <= after.apex;
    });
    const at = place === -1 ? known.length : place;
    const order = [...known.slice(0, at), id, ...known.slice(at)];
    for (const old of order.splice(this.#size)) {
      this.#alerts.delete(old);
      this.forgotten.value += 1;
    }
    this.#order.value = order;
    if (after.status === 'open') this.announcement.value = announce(after);
  }

  get(id: string): Signal<Alert> | undefined {
    return this.#alerts.get(id);
  }

  /** Takes a session's cards away, e.g. since it was erased. */
  forget(session: string): void {
    const gone = new Set([...this.#alerts].filter(([, alert]) => alert.peek().session === session).map(([id]) => id));
    for (const id of gone) this.#alerts.delete(id);
    this.#order.value = this.#order.peek().filter((id) => !gone.has(id));
  }

  clear(): void {
    this.#alerts.clear();
    this.#order.value = [];
    this.pinned.value = undefined;
    this.forgotten.value = 0;
    this.announcement.value = '';
  }
}
