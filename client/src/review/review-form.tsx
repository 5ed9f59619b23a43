import type { JSX } from 'preact';
import type { NewReview } from '../../../clients/javascript/src/index.js';
import { EMOTION_LABELS } from '../../../src/common/emotion-labels.js';
import { actionUnit } from '../model/action-units.js';
import { clock } from '../model/format.js';
import type { ReviewDesk } from './review-desk.js';

const UNITS = [1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 24, 25, 26, 45];
const SIDES = ['both', 'left', 'right'] as const;
type Unit = NewReview['aus'][number];

/** What the coder says of the chosen window. */
export function ReviewForm({ desk }: { readonly desk: ReviewDesk }): JSX.Element {
  const item = desk.current.value;
  if (!item) return <section class="panel review-form empty">Choose a window, or press N to add one at the playhead.</section>;
  const { now, review } = item;
  /** Absent, on both sides, left, right, absent. */
  const turn = (number: number): void => {
    const au = `AU${String(number)}`;
    const at = SIDES.findIndex((side) => side === now.aus.find((one) => one.au === au)?.side);
    const side = SIDES[at + 1];
    const others = now.aus.filter((one) => one.au !== au);
    const aus: Unit[] = side === undefined ? others : [...others, { au, side }];
    desk.edit({ aus: aus.sort((a, b) => Number(a.au.slice(2)) - Number(b.au.slice(2))) });
  };
  return (
    <section class="panel review-form" aria-labelledby="form-title">
      <header class="panel-head">
        <h2 id="form-title">{`${item.alert ? 'Alert' : 'Added window'} at ${clock(now.onset)}`}</h2>
        <b class={`verdict verdict-${review?.verdict ?? 'open'}`}>{review?.verdict ?? 'open'}</b>
        <div class="tools">
          {item.alert && (
            <button
              type="button"
              class="primary"
              onClick={() => {
                desk.judge('accepted');
              }}
            >
              Accept
            </button>
          )}
          <button
            type="button"
            onClick={() => {
              desk.judge('rejected');
            }}
          >
            {item.alert ? 'Reject' : 'Remove'}
          </button>
          <button
            type="button"
            class="quiet"
            disabled={desk.undoable.value === 0}
            onClick={() => {
              desk.undo();
            }}
          >
            Undo
          </button>
        </div>
      </header>
      <dl class="review-times">
        {(['onset', 'apex', 'offset'] as const).map((edge) => (
          <div key={edge}>
            <dt>{edge}</dt>
            <dd data-edge={edge}>{clock(now[edge])}</dd>
          </div>
        ))}
      </dl>
      <div class="review-filters">
        <label class="inline">
          Kind
          <select
            value={now.kind}
            onChange={(event) => {
              desk.edit({ kind: event.currentTarget.value as NewReview['kind'] });
            }}
          >
            {['micro', 'macro'].map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <label class="inline">
          Category
          <select
            value={now.category ?? ''}
            onChange={(event) => {
              desk.edit({ category: (event.currentTarget.value || null) as NewReview['category'] });
            }}
          >
            {['', ...EMOTION_LABELS].map((one) => (
              <option key={one} value={one}>
                {one || 'none'}
              </option>
            ))}
          </select>
        </label>
      </div>
      <div class="review-au" role="group" aria-label="Action units: press again for left, right, none">
        {UNITS.map((number) => {
          const found = now.aus.find(({ au }) => au === `AU${String(number)}`);
          const name = actionUnit(`AU${String(number)}`)?.name ?? '';
          return (
            <button
              key={number}
              type="button"
              class="quiet"
              title={name}
              aria-label={`AU ${String(number)} ${name}${found ? `, ${found.side}` : ''}`}
              aria-pressed={found !== undefined}
              onClick={() => {
                turn(number);
              }}
            >
              {`${found && found.side !== 'both' ? found.side.slice(0, 1).toUpperCase() : ''}${String(number)}`}
            </button>
          );
        })}
      </div>
      <label class="review-note">
        Note
        <textarea
          value={review?.note ?? ''}
          rows={2}
          maxLength={2000}
          onChange={(event) => {
            if (event.currentTarget.value !== (review?.note ?? '')) desk.edit({ note: event.currentTarget.value });
          }}
        />
      </label>
    </section>
  );
}
