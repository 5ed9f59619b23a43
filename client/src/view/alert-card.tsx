import { useComputed, type ReadonlySignal, type Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { AlertNotice } from '../app/alert-notice.js';
import type { Live } from '../app/live.js';
import type { Alert } from '../model/alert.js';
import type { AlertDeck } from '../model/alert-deck.js';
import { explanationLines } from '../model/explanation.js';
import { clock, milliseconds, span } from '../model/format.js';
import { ActionUnits, Category, RegionsTable } from './findings.js';
import { MomentExport } from './moment-export.js';
import { MomentShow } from './moment-show.js';
import { AlertPictures } from './pictures.js';
import { showCard } from './show-card.js';

const STATUS = { open: 'open', final: 'final', incomplete: 'incomplete', withdrawn: 'withdrawn' } as const;
const WITHDRAWN = {
  blink: 'It was a blink.',
  head: 'It was a head movement.',
  gap: 'Frames were lost during it.',
  nuisance: 'It did not rise and fall like an expression.',
} as const;
const MISSING: Readonly<Record<string, string>> = { flow: 'optical flow', mellm: 'description', offset: 'offset' };

/**
 * One alert, from its first sign to its end: a row of one height, and all that is known where it is expanded. These are two boxes, and
 * the card itself has none, so that the newest alert takes the place of the last one and neither seems to have moved.
 */
function AlertCard({
  alert,
  deck,
  live,
}: {
  readonly alert: ReadonlySignal<Alert>;
  readonly deck: AlertDeck;
  readonly live?: Live;
}): JSX.Element {
  const row = useRef<HTMLButtonElement>(null);
  const { id, kind, status, onset, apex, offset, score, withdrawn, incomplete } = alert.value;
  const expanded = useComputed(() => deck.expanded.value === id).value;
  const pinned = useComputed(() => deck.pinned.value === id).value;
  const pin = (): void => {
    deck.pinned.value = id;
  };
  const release = (): void => {
    deck.pinned.value = undefined;
    // Where an older card collapses, the focus stays on its row.
    requestAnimationFrame(() => {
      if (deck.expanded.peek() !== id) row.current?.focus();
    });
  };
  return (
    <article
      class={`card card-${kind} card-${status} ${expanded ? 'card-expanded' : 'card-row'}`}
      data-alert={id}
      data-kind={kind}
      data-status={status}
      data-onset={onset}
      data-apex={apex}
      data-offset={offset ?? ''}
      aria-label={`${kind} expression at ${clock(apex)}`}
    >
      <button
        ref={row}
        type="button"
        class="card-box card-head"
        aria-expanded="false"
        hidden={expanded}
        onClick={() => {
          showCard(deck, id);
        }}
      >
        <Summary alert={alert.value} brief />
      </button>
      {/* Kept while it can't be seen: the server may have dropped the pictures by the time it is opened again. */}
      <div class="card-box card-panel" id={`alert-${id}`} tabIndex={-1} hidden={!expanded}>
        <header class="card-head">
          <Summary alert={alert.value} />
          <button
            type="button"
            class="quiet"
            aria-pressed={pinned}
            title="Keep this alert open when new ones arrive"
            onClick={pinned ? release : pin}
          >
            Pin
          </button>
        </header>
        <div class="card-body" onPointerDown={pin} onFocusIn={pin}>
          <dl class="times">
            <div>
              <dt>Onset</dt>
              <dd>{clock(onset)}</dd>
            </div>
            <div>
              <dt>Apex</dt>
              <dd>{clock(apex)}</dd>
            </div>
            <div>
              <dt>Offset</dt>
              <dd>{offset === null ? '–' : clock(offset)}</dd>
            </div>
            <div>
              <dt>Rise</dt>
              <dd>{span(onset, apex)}</dd>
            </div>
            <div>
              <dt>Duration</dt>
              <dd>{span(onset, offset)}</dd>
            </div>
          </dl>
          <Score value={score} />
          {withdrawn && <p class="note">Withdrawn. {WITHDRAWN[withdrawn]}</p>}
          {incomplete.length > 0 && <p class="note">Not available: {incomplete.map((what) => MISSING[what] ?? what).join(', ')}.</p>}
          <AlertPictures alert={alert} />
          {/* What comes later has its place while the alert is open, so that nothing that is read moves. */}
          {status === 'open' && alert.value.rois.length === 0 ? (
            <div class="pending-line" aria-hidden="true" />
          ) : (
            <RegionsTable rois={alert.value.rois} />
          )}
          {status === 'open' && alert.value.aus.length === 0 ? (
            <div class="aus pending-aus" aria-hidden="true" />
          ) : (
            <ActionUnits aus={alert.value.aus} />
          )}
          <Description alert={alert} />
          <Category emotion={alert.value.emotion} />
          <Provenance alert={alert} />
          {live && <MomentShow alert={alert} desk={live.recordings} />}
          {live && !withdrawn && <MomentExport alert={alert} live={live} />}
        </div>
      </div>
    </article>
  );
}

/** What, when, whose; a row also tells the outcome. */
function Summary({
  alert: { kind, apex, face, status, aus, emotion },
  brief = false,
}: {
  readonly alert: Alert;
  readonly brief?: boolean;
}): JSX.Element {
  return (
    <>
      <span class="kind">{kind}</span>
      <span class="when">{clock(apex)}</span>
      <span class="who">{face.replace(/^f(?=\d)/, 'face ')}</span>
      {brief && (
        <span class="brief">{[aus.map(({ au }) => au).join(' '), emotion?.label ?? ''].filter((part) => part !== '').join(' · ')}</span>
      )}
      <span class={`status status-${status}`}>{STATUS[status]}</span>
    </>
  );
}

function Score({ value }: { readonly value: number | null }): JSX.Element {
  return (
    <div
      class="score"
      role="meter"
      aria-label="Score"
      aria-valuemin={0}
      aria-valuemax={1}
      aria-valuenow={value ?? 0}
      aria-valuetext={value === null ? 'not yet known' : value.toFixed(2)}
    >
      <span>Score</span>
      <span class="bar">
        <i style={{ width: `${String((value ?? 0) * 100)}%` }} />
      </span>
      <span class="figure">{value === null ? '–' : value.toFixed(2)}</span>
    </div>
  );
}

/** Plain text only: what a language model wrote is never taken for markup. */
function Description({ alert }: { readonly alert: ReadonlySignal<Alert> }): JSX.Element | null {
  const { text, streaming } = alert.value;
  if (text === '') return null;
  const lines = explanationLines(text);
  return (
    <div class="text">
      {lines.map(({ kind, text: line }, i) => (
        <p key={i} class={`text-${kind}${streaming && i === lines.length - 1 ? ' text-streaming' : ''}`}>
          {line}
        </p>
      ))}
    </div>
  );
}

function Provenance({ alert }: { readonly alert: ReadonlySignal<Alert> }): JSX.Element | null {
  const { source, latency } = alert.value;
  if (!latency && !source) return null;
  return (
    <p class="provenance">
      {latency && (
        <span>
          alert after {milliseconds(latency.spot)}
          {latency.flow === null ? '' : ` · flow ${milliseconds(latency.flow)}`}
          {latency.mellm === null ? '' : ` · text ${milliseconds(latency.mellm)}`}
        </span>
      )}
      {source?.flow && <span>{source.flow}</span>}
      {source?.mellm && <span>{source.mellm}</span>}
    </p>
  );
}

function Switch({ label, on }: { readonly label: string; readonly on: Signal<boolean> }): JSX.Element {
  return (
    <label class="inline">
      <input
        type="checkbox"
        checked={on.value}
        onChange={(event) => {
          on.value = event.currentTarget.checked;
        }}
      />
      {label}
    </label>
  );
}

/** Over the page, where alerts came that can't be seen: on a phone the list lies below the picture. */
function NewAlerts({ notice, onShow }: { readonly notice: AlertNotice; readonly onShow: () => void }): JSX.Element | null {
  const { value: count } = notice.unseen;
  if (count === 0) return null;
  return (
    <button type="button" class="primary new-alerts" onClick={onShow}>
      {count === 1 ? '1 new alert' : `${String(count)} new alerts`}
    </button>
  );
}

/** The alerts, newest first, and what a screen reader hears of them. */
export function AlertList({
  deck,
  notice,
  live,
  hint,
}: {
  readonly deck: AlertDeck;
  readonly notice: AlertNotice;
  readonly live?: Live;
  readonly hint: string;
}): JSX.Element {
  const head = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!head.current) return undefined;
    const observer = new IntersectionObserver((entries) => {
      notice.showing(entries.at(-1)?.isIntersecting === true);
    });
    observer.observe(head.current);
    return () => {
      observer.disconnect();
    };
  }, [notice]);
  const counts = useComputed(() => {
    const all = deck.cards.value.map((card) => card.value).filter((alert) => alert.status !== 'withdrawn');
    const micro = all.filter((alert) => alert.kind === 'micro').length;
    return `${String(micro)} micro · ${String(all.length - micro)} macro`;
  });
  return (
    <section class="alerts" aria-labelledby="alerts-title">
      <header ref={head} class="panel-head">
        <h2 id="alerts-title" tabIndex={-1}>
          Alerts
        </h2>
        {deck.cards.value.length > 0 && <span class="counts">{counts}</span>}
        <div class="tools">
          <Switch label="Sound" on={notice.sound} />
          {notice.canVibrate && <Switch label="Vibration" on={notice.vibration} />}
          <button
            type="button"
            class="quiet"
            disabled={deck.cards.value.length === 0}
            onClick={() => {
              deck.clear();
            }}
          >
            Clear list
          </button>
        </div>
      </header>
      <NewAlerts
        notice={notice}
        onShow={() => {
          head.current?.scrollIntoView({
            block: 'start',
            behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth',
          });
          document.getElementById('alerts-title')?.focus({ preventScroll: true });
        }}
      />
      <p class="visually-hidden" aria-live="polite">
        {deck.announcement}
      </p>
      {deck.cards.value.length === 0 && <p class="empty">{hint}</p>}
      <div class="deck">
        {deck.cards.value.map((card) => (
          <AlertCard key={card.peek().id} alert={card} deck={deck} {...(live ? { live } : {})} />
        ))}
      </div>
      {deck.forgotten.value > 0 && <p class="note">{deck.forgotten} older alerts are no longer listed here; the downloads contain all.</p>}
    </section>
  );
}
