import { computed, effect, signal } from '@preact/signals';
import type { Annotation, NewReview, Review, SessionRecord } from '../../../clients/javascript/src/index.js';
import { preference } from '../app/preference.js';
import { mellm } from '../net/mellm.js';
import { itemsOf, moved, nextOpen, NO_FILTER, passes, type Filter, type ReviewItem } from './review-item.js';

/** Changes that can be undone. */
const MAX_UNDO = 200;
/** Seconds around a window that are shown and looped when it is chosen. */
const AROUND = 1.5;
const LOOP_MARGIN = 0.3;

type Entry = Review | NewReview;

/** A session under review by one coder: what is shown, chosen, changed, stored and undone. */
export class ReviewDesk {
  readonly record = signal<SessionRecord | undefined>(undefined);
  readonly problem = signal('');
  /** Changes that the server has not confirmed yet. */
  readonly unsaved = signal(0);
  readonly coder = signal(remembered());
  /** Hides what the machine found. */
  readonly blind = preference('review.blind');
  readonly showOthers = signal(false);
  readonly filter = signal<Filter>(NO_FILTER);
  readonly chosen = signal('');
  /** Media seconds. */
  readonly playhead = signal(0);
  readonly span = signal<{ readonly from: number; readonly to: number }>({ from: 0, to: 10 });
  readonly duration = signal(10);
  readonly undoable = signal(0);
  readonly #alerts = signal<readonly Annotation[]>([]);
  readonly #own = signal<ReadonlyMap<string, Entry>>(new Map());
  readonly #others = signal<readonly Review[]>([]);
  readonly #undo: { readonly entry: string; readonly before: Entry | undefined }[] = [];
  #saving: Promise<void> = Promise.resolve();

  readonly items = computed(() => itemsOf(this.blind.value ? [] : this.#alerts.value, this.#owned(), this.#others.value));
  readonly shown = computed(() => this.items.value.filter((item) => passes(item, this.filter.value)));
  readonly current = computed(() => this.items.value.find(({ entry }) => entry === this.chosen.value));
  readonly reviewed = computed(() => this.items.value.filter(({ review }) => review !== undefined).length);

  constructor(readonly session: string) {
    effect(() => {
      const coder = this.coder.value.trim();
      const others = this.showOthers.value;
      try {
        localStorage.setItem('mellm.coder', coder);
      } catch {
        /* storage is off: it holds until the page is left */
      }
      if (coder !== '') void this.#readReviews(coder, others);
    });
  }

  async load(): Promise<void> {
    await this.#attempt(async () => {
      const [record, alerts] = await Promise.all([mellm.session(this.session), mellm.annotations(this.session)]);
      this.record.value = record;
      this.#alerts.value = alerts;
      this.duration.value = Math.max(1, record.totals?.duration ?? 0, ...alerts.map(({ offset, apex }) => offset ?? apex));
      this.span.value = { from: 0, to: this.duration.value };
      const [first] = this.shown.value;
      if (first && this.chosen.peek() === '') this.choose(first.entry);
    });
  }

  /** Chooses an item and shows what lies around it. */
  choose(entry: string): void {
    this.chosen.value = entry;
    const item = this.current.peek();
    if (!item) return;
    this.playhead.value = item.now.onset;
    const { from, to } = this.span.peek();
    if (item.now.onset < from || item.now.offset > to || to - from > 20) this.show(item.now.onset - AROUND, item.now.offset + AROUND);
  }

  /** Goes `by` items on among those that are shown. */
  step(by: number): void {
    const { value } = this.shown;
    const at = value.findIndex(({ entry }) => entry === this.chosen.peek());
    const next = value[Math.min(value.length - 1, Math.max(0, at + by))];
    if (next) this.choose(next.entry);
  }

  show(from: number, to: number): void {
    const length = Math.min(this.duration.peek(), Math.max(0.2, to - from));
    const start = Math.min(Math.max(0, from), Math.max(0, this.duration.peek() - length));
    this.span.value = { from: start, to: start + length };
  }

  zoom(factor: number, around = this.playhead.peek()): void {
    const { from, to } = this.span.peek();
    this.show(around - (around - from) * factor, around + (to - around) * factor);
  }

  /** What is played again and again around the chosen window. */
  get loop(): { readonly from: number; readonly to: number } {
    const now = this.current.peek()?.now;
    return now ? { from: Math.max(0, now.onset - LOOP_MARGIN), to: now.offset + LOOP_MARGIN } : { from: 0, to: this.duration.peek() };
  }

  /** A verdict on the chosen alert; the next one without verdict is chosen. */
  judge(verdict: 'accepted' | 'rejected'): void {
    const item = this.current.peek();
    if (!item) return;
    const next = nextOpen(this.shown.peek(), item.entry);
    if (item.alert) this.#change(item.entry, { ...given(item), verdict });
    else if (verdict === 'rejected') this.#change(item.entry, undefined);
    if (next) this.choose(next.entry);
  }

  /** Adds a window around a moment. */
  add(t = this.playhead.peek()): void {
    const face = this.current.peek()?.now.face ?? this.#alerts.peek()[0]?.face ?? 'f1';
    const entry = `own-${crypto.randomUUID().slice(0, 8)}`;
    const at = moved({ face, kind: 'micro', onset: t, apex: t, offset: t, aus: [], category: null }, 'onset', t - 0.1);
    if (this.#change(entry, { ...at, apex: at.onset + 0.1, offset: at.onset + 0.3, annotation: null, verdict: 'added', note: '' }))
      this.choose(entry);
  }

  /** Changes the chosen item; an alert that is changed counts as accepted. @param settled false while a boundary is dragged */
  edit(change: Partial<NewReview>): void {
    const item = this.current.peek();
    if (item) this.#change(item.entry, { ...given(item), ...change });
  }

  move(edge: 'onset' | 'apex' | 'offset', t: number): void {
    const item = this.current.peek();
    if (item) this.edit(moved(item.now, edge, Math.min(t, this.duration.peek())));
  }

  /** Takes the verdict of the chosen item back. */
  clear(): void {
    const item = this.current.peek();
    if (item?.review) this.#change(item.entry, undefined);
  }

  undo(): void {
    const last = this.#undo.pop();
    this.undoable.value = this.#undo.length;
    if (!last) return;
    this.#put(last.entry, last.before);
    this.choose(last.entry);
  }

  /** What the coder says: blind to the machine, only windows of their own. */
  #owned(): ReadonlyMap<string, Entry> {
    return this.blind.value ? new Map([...this.#own.value].filter(([, { annotation }]) => annotation === null)) : this.#own.value;
  }

  #change(entry: string, after: NewReview | undefined): boolean {
    if (this.coder.peek().trim() === '') {
      this.problem.value = 'Enter your name as coder first.';
      return false;
    }
    this.#undo.push({ entry, before: this.#own.peek().get(entry) });
    if (this.#undo.length > MAX_UNDO) this.#undo.shift();
    this.undoable.value = this.#undo.length;
    this.#put(entry, after);
    return true;
  }

  /** Shown at once, stored in the order of the changes. */
  #put(entry: string, after: Entry | undefined): void {
    const before = this.#own.peek().has(entry);
    const own = new Map(this.#own.peek());
    if (after) own.set(entry, after);
    else own.delete(entry);
    this.#own.value = own;
    if (!after && !before) return;
    const coder = this.coder.peek().trim();
    this.unsaved.value += 1;
    this.#saving = this.#saving.then(() =>
      this.#attempt(async () => {
        if (after) await mellm.putReview(this.session, coder, entry, bodyOf(after));
        else await mellm.eraseReview(this.session, coder, entry);
      }).finally(() => {
        this.unsaved.value -= 1;
      }),
    );
  }

  async #readReviews(coder: string, others: boolean): Promise<void> {
    await this.#attempt(async () => {
      const { reviews } = await mellm.reviews(this.session, others ? 'all' : coder);
      if (this.coder.peek().trim() !== coder) return;
      if (this.unsaved.peek() === 0) this.#own.value = new Map(reviews.filter((one) => one.coder === coder).map((one) => [one.entry, one]));
      this.#others.value = reviews.filter((one) => one.coder !== coder);
    });
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.problem.value = '';
    } catch (error) {
      this.problem.value = error instanceof Error ? error.message : String(error);
    }
  }
}

function given({ alert, review, now }: ReviewItem): NewReview {
  return {
    annotation: alert?.id ?? null,
    verdict: alert ? (review?.verdict ?? 'accepted') : 'added',
    note: review?.note ?? '',
    ...pick(now),
  };
}

const pick = ({ face, kind, onset, apex, offset, aus, category }: ReviewItem['now']): ReviewItem['now'] => ({
  face,
  kind,
  onset,
  apex,
  offset,
  aus,
  category,
});

const bodyOf = (entry: Entry): NewReview => ({ annotation: entry.annotation, verdict: entry.verdict, note: entry.note, ...pick(entry) });

function remembered(): string {
  try {
    return localStorage.getItem('mellm.coder') ?? '';
  } catch {
    return '';
  }
}
