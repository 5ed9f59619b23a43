import type { Annotation, Event } from '../../../../src/events/schema.js';
import { SessionElement, type ElementState } from './session-element.js';
import { part, rootOf } from './theme.js';

const CSS = `
ol { list-style: none; margin: 0; padding: 0; display: grid; gap: var(--_gap); }
li { border: 1px solid var(--_line); border-inline-start: 4px solid var(--_micro); border-radius: var(--_radius); padding: 8px 12px; }
li.macro { border-inline-start-color: var(--_macro); }
header { display: flex; flex-wrap: wrap; gap: 4px 10px; align-items: baseline; }
.kind { font-weight: 600; }
.time, .units, .status { color: var(--_quiet); font-variant-numeric: tabular-nums; }
p { margin: 4px 0 0; white-space: pre-line; overflow-wrap: anywhere; }
.status { margin: 0 0 var(--_gap); }
`;

/** Alerts kept unless the attribute `max` says otherwise. */
const MAX_ALERTS = 50;

const STATES: Readonly<Record<ElementState, string>> = {
  waiting: 'Waiting for a live session.',
  live: 'Live.',
  ended: 'The session has ended.',
  refused: 'Not available.',
};

/** `m:ss.s` */
const clock = (t: number): string => `${String(Math.floor(t / 60))}:${(t % 60).toFixed(1).padStart(4, '0')}`;
const unitsOf = ({ aus }: Annotation): string =>
  aus.map(({ au, side }) => `${side === 'left' ? 'left ' : side === 'right' ? 'right ' : ''}${au}`).join(', ');

/**
 * `<mellm-alerts server session token max>`: the alerts of a session, newest first, as they are found. Parts: `status`, `list`, `alert`
 * (with `micro` or `macro`), `head`, `kind`, `time`, `emotion`, `units`, `text`.
 */
export class MellmAlerts extends SessionElement {
  readonly #status = part('p', 'status');
  readonly #list = part('ol', 'list');
  readonly #alerts = new Map<string, HTMLLIElement>();

  constructor() {
    super();
    const root = rootOf(this, CSS);
    this.#status.className = 'status';
    this.#status.setAttribute('role', 'status');
    this.#list.setAttribute('role', 'log');
    this.#list.setAttribute('aria-label', 'Alerts');
    root.append(this.#status, this.#list);
  }

  protected override clear(): void {
    this.#alerts.clear();
    this.#list.replaceChildren();
  }

  protected override tell(state: ElementState, problem?: string): void {
    this.#status.textContent = problem ?? STATES[state];
  }

  protected override take(event: Event): void {
    if (event.type === 'annotation.opened') this.#show(event.annotation, event.kind, event.apex);
    else if (event.type === 'annotation.closed') this.#close(event.annotation);
  }

  #show(id: string, kind: 'micro' | 'macro', apex: number): HTMLLIElement {
    const item = this.#alerts.get(id) ?? document.createElement('li');
    item.part.value = `alert ${kind}`;
    item.className = kind;
    const head = part('header', 'head');
    const word = part('span', 'kind', `${kind}-expression`);
    word.className = 'kind';
    const time = part('time', 'time', clock(apex));
    time.className = 'time';
    head.append(word, time);
    item.replaceChildren(head);
    if (!this.#alerts.has(id)) {
      this.#alerts.set(id, item);
      this.#list.prepend(item);
      this.#bound();
    }
    return item;
  }

  #close(annotation: Annotation): void {
    const { id, kind, apex, withdrawn, emotion, text } = annotation;
    if (withdrawn !== undefined) {
      this.#alerts.get(id)?.remove();
      this.#alerts.delete(id);
      return;
    }
    const item = this.#show(id, kind, apex);
    const units = unitsOf(annotation);
    const [head] = item.children;
    if (emotion) head?.append(part('span', 'emotion', emotion.label));
    if (units !== '') {
      const list = part('span', 'units', units);
      list.className = 'units';
      head?.append(list);
    }
    if (text !== '') item.append(part('p', 'text', text));
  }

  #bound(): void {
    const wanted = Number(this.getAttribute('max') ?? MAX_ALERTS);
    const most = Number.isInteger(wanted) && wanted > 0 ? wanted : MAX_ALERTS;
    for (const [id, item] of this.#alerts) {
      if (this.#alerts.size <= most) return;
      item.remove();
      this.#alerts.delete(id);
    }
  }
}
