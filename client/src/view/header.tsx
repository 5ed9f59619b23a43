import type { JSX } from 'preact';
import type { Condition } from '../model/condition.js';

/** Product name, pages, and the truth about the connection. */
export function Header({ condition, page }: { readonly condition?: Condition; readonly page: 'live' | 'watch' | 'review' }): JSX.Element {
  return (
    <header class="top">
      <a class="skip" href="#main">
        Skip to content
      </a>
      <a class="brand" href="./">
        <svg viewBox="0 0 32 20" aria-hidden="true">
          <path d="M1 12h8l3-9 4 15 3-9 2 3h10" />
        </svg>
        mellm-live
      </a>
      <nav aria-label="Pages">
        <a href="./" aria-current={page === 'live' ? 'page' : undefined}>
          Analyse
        </a>
        <a href="watch" aria-current={page === 'watch' ? 'page' : undefined}>
          Watch
        </a>
      </nav>
      {condition && (
        <p class={`condition condition-${condition.level}`} data-condition={condition.code}>
          <i aria-hidden="true" />
          {/* Only the title is read out: the detail counts seconds and frames. */}
          <b role="status">{condition.title}</b>
          <span>{condition.detail}</span>
        </p>
      )}
    </header>
  );
}
