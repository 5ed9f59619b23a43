import { useSignal, useSignalEffect } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { JSX } from 'preact';
import { clock } from '../model/format.js';
import type { ReviewDesk } from './review-desk.js';
import type { Filter, ReviewItem } from './review-item.js';

const ROW = 44;
/** Rows beyond the window that are kept, so that scrolling shows no gap. */
const SPARE = 6;

/** The alerts that pass the filter; only the rows in view exist, so that a thousand don't matter. */
export function ReviewList({ desk }: { readonly desk: ReviewDesk }): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const top = useSignal(0);
  const items = desk.shown.value;
  const rows = Math.ceil((box.current?.clientHeight ?? 600) / ROW);
  const first = Math.max(0, Math.floor(top.value / ROW) - SPARE);
  useSignalEffect(() => {
    const at = desk.shown.value.findIndex(({ entry }) => entry === desk.chosen.value);
    const { current } = box;
    if (!current || at < 0) return;
    if (at * ROW < current.scrollTop) current.scrollTop = at * ROW;
    else if ((at + 1) * ROW > current.scrollTop + current.clientHeight) current.scrollTop = (at + 1) * ROW - current.clientHeight;
  });
  return (
    <section class="panel review-list" aria-labelledby="list-title">
      <header class="panel-head">
        <h2 id="list-title">Windows</h2>
        <span class="note" role="status">
          {`${String(items.length)} shown, ${String(desk.reviewed.value)} of ${String(desk.items.value.length)} reviewed`}
        </span>
      </header>
      <Filters desk={desk} />
      <div
        class="review-rows"
        ref={box}
        role="listbox"
        aria-label="Windows"
        tabIndex={0}
        onScroll={(event) => {
          top.value = event.currentTarget.scrollTop;
        }}
      >
        <div style={{ height: `${String(items.length * ROW)}px` }}>
          {items.slice(first, first + rows + 2 * SPARE).map((item, i) => (
            <Row key={item.entry} item={item} at={first + i} chosen={item.entry === desk.chosen.value} desk={desk} />
          ))}
        </div>
        {items.length === 0 && <p class="empty">Nothing passes the filter. N adds a window at the playhead.</p>}
      </div>
    </section>
  );
}

function Row({
  item,
  at,
  chosen,
  desk,
}: {
  readonly item: ReviewItem;
  readonly at: number;
  readonly chosen: boolean;
  readonly desk: ReviewDesk;
}): JSX.Element {
  const { now, review, score, others } = item;
  return (
    <div
      class="review-row"
      role="option"
      aria-selected={chosen}
      data-entry={item.entry}
      data-verdict={review?.verdict ?? 'open'}
      style={{ transform: `translateY(${String(at * ROW)}px)` }}
      onClick={() => {
        desk.choose(item.entry);
      }}
    >
      <i class={`key key-${now.kind}`} />
      <span>{clock(now.onset)}</span>
      <span>{`${now.kind} ${String(Math.round((now.offset - now.onset) * 1000))} ms`}</span>
      <span class="review-units">{now.aus.map(({ au }) => au.slice(2)).join('+')}</span>
      <span>{score === undefined ? '' : score.toFixed(2)}</span>
      <b class={`verdict verdict-${review?.verdict ?? 'open'}`}>{review?.verdict ?? 'open'}</b>
      {others.length > 0 && <small>{others.map(({ coder, verdict }) => `${coder}: ${verdict}`).join(', ')}</small>}
    </div>
  );
}

function Filters({ desk }: { readonly desk: ReviewDesk }): JSX.Element {
  const { kind, state, score, unit } = desk.filter.value;
  const set = (change: Partial<Filter>): void => {
    desk.filter.value = { ...desk.filter.peek(), ...change };
  };
  return (
    <div class="review-filters">
      <label class="inline">
        Kind
        <select
          value={kind}
          onChange={(event) => {
            set({ kind: event.currentTarget.value as Filter['kind'] });
          }}
        >
          {['all', 'micro', 'macro'].map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </label>
      <label class="inline">
        Verdict
        <select
          value={state}
          onChange={(event) => {
            set({ state: event.currentTarget.value as Filter['state'] });
          }}
        >
          {['all', 'open', 'accepted', 'rejected', 'added', 'disagreement'].map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </label>
      <label class="inline">
        Score from
        <input
          type="number"
          min="0"
          max="1"
          step="0.05"
          value={score}
          onInput={(event) => {
            set({ score: Number(event.currentTarget.value) });
          }}
        />
      </label>
      <label class="inline">
        AU
        <input
          type="number"
          min="1"
          max="46"
          value={unit}
          onInput={(event) => {
            set({ unit: event.currentTarget.value });
          }}
        />
      </label>
      <label class="inline">
        <input
          type="checkbox"
          checked={desk.showOthers.value}
          onChange={(event) => {
            desk.showOthers.value = event.currentTarget.checked;
          }}
        />
        Show other coders
      </label>
    </div>
  );
}
