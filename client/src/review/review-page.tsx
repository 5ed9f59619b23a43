import { useEffect, useMemo } from 'preact/hooks';
import type { JSX } from 'preact';
import { askAccess } from '../net/access.js';
import { Header } from '../view/header.js';
import { TokenField } from '../view/token-field.js';
import { ReviewCurves } from './review-curves.js';
import type { ReviewDesk } from './review-desk.js';
import { ReviewForm } from './review-form.js';
import { KEYS, keyWork } from './review-keys.js';
import { ReviewList } from './review-list.js';
import { ReviewPlayer, ReviewVideo } from './review-player.js';
import { ReviewTimeline } from './review-timeline.js';

/** A finished session, judged by a person: accept, reject, correct, add. */
export function ReviewPage({ desk }: { readonly desk: ReviewDesk }): JSX.Element {
  const curves = useMemo(() => new ReviewCurves(desk.session), [desk]);
  const video = useMemo(() => new ReviewVideo(), [desk]);
  const load = (): void => {
    void askAccess();
    void desk.load();
    // Sessions without curves can be reviewed too.
    void curves.load().catch(() => undefined);
  };
  useEffect(load, [desk]);
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const { target } = event;
      if (target instanceof HTMLElement && target.closest('input:not([type=checkbox]):not([type=file]), textarea, select')) {
        if (event.key === 'Escape') target.blur();
        return;
      }
      if ((event.ctrlKey || event.metaKey) && event.key === 'z') desk.undo();
      else if (event.ctrlKey || event.metaKey || event.altKey) return;
      else if (event.key === ' ' && target instanceof HTMLElement && target.closest('button, [type=checkbox]')) return;
      else {
        const work = keyWork(desk, video, event.key);
        if (!work) return;
        work();
      }
      event.preventDefault();
    };
    addEventListener('keydown', press);
    return () => {
      removeEventListener('keydown', press);
    };
  }, [desk, video]);
  const name = desk.record.value?.name ?? '';
  return (
    <>
      <Header page="review" />
      <main id="main" class="review">
        <div class="review-head">
          <h1 class="watch-title">{name === '' ? desk.session : name}</h1>
          <label class="inline">
            Coder
            <input
              type="text"
              maxLength={64}
              placeholder="your name"
              value={desk.coder.value}
              onChange={(event) => {
                desk.coder.value = event.currentTarget.value;
              }}
            />
          </label>
          <label class="inline">
            <input
              type="checkbox"
              checked={desk.blind.value}
              onChange={(event) => {
                desk.blind.value = event.currentTarget.checked;
              }}
            />
            Hide what the machine found
          </label>
          <span class="note" role="status" data-unsaved={desk.unsaved.value}>
            {desk.unsaved.value > 0 ? `Saving ${String(desk.unsaved.value)}` : 'All saved'}
          </span>
        </div>
        {desk.problem.value && (
          <p class="problem" role="alert">
            {desk.problem}
          </p>
        )}
        {desk.problem.value && !desk.record.value && (
          <form
            class="panel token"
            onSubmit={(event) => {
              event.preventDefault();
              load();
            }}
          >
            <TokenField />
            <button type="submit">Try again</button>
          </form>
        )}
        <div class="review-desk">
          <div class="review-work">
            <ReviewPlayer desk={desk} video={video} />
            <ReviewTimeline desk={desk} curves={curves} />
            <ReviewForm desk={desk} />
          </div>
          <ReviewList desk={desk} />
        </div>
        <ul class="review-keys" aria-label="Keys">
          {KEYS.map(([key, what]) => (
            <li key={key}>
              <kbd>{key}</kbd> {what}
            </li>
          ))}
        </ul>
      </main>
    </>
  );
}
