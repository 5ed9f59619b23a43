import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { JSX } from 'preact';
import {
  AXIS_HEIGHT,
  drawAxis,
  drawLane,
  drawMarkers,
  fitCanvas,
  keepDrawing,
  LANE_HEIGHT,
  nextWindow,
  windowAt,
  type MarkedWindow,
  type TimeSpan,
} from '../../../clients/javascript/src/timeline/index.js';
import type { AlertDeck } from '../model/alert-deck.js';
import { clock } from '../model/format.js';
import type { SessionView } from '../model/session-view.js';
import { KIND_KEYS, Legend } from './legend.js';
import { palette } from './palette.js';
import { showCard } from './show-card.js';

const KEYS = [['motion', 'motion'], ['threshold', 'threshold'], ...KIND_KEYS] as const;
const SPANS = [10, 20, 60] as const;

/** How far a key goes among the marked windows. */
const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };

/** Motion, threshold and marked windows of each face over the last seconds. */
export function Timeline({ view, deck }: { readonly view: SessionView; readonly deck: AlertDeck }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const shown = useRef<TimeSpan>({ from: 0, to: 1, width: 1 });
  const length = useSignal<number>(20);
  const frozenAt = useSignal<number | undefined>(undefined);
  const selected = useSignal<MarkedWindow | undefined>(undefined);
  const lanes = useComputed(() => view.laneNames.value.length);
  const height = Math.max(1, lanes.value) * LANE_HEIGHT + AXIS_HEIGHT;

  useEffect(
    () =>
      keepDrawing((now) => {
        const fitted = canvas.current && fitCanvas(canvas.current);
        if (!fitted) return;
        const { context, width } = fitted;
        const to = Math.max(frozenAt.peek() ?? view.mediaNow(now), length.peek());
        const span = { from: to - length.peek(), to, width };
        shown.current = span;
        const ink = palette();
        const names = view.laneNames.peek();
        drawAxis(context, span, Math.max(1, names.length) * LANE_HEIGHT, ink);
        for (const [index, name] of names.entries()) {
          const lane = view.lanes.get(name);
          if (lane) drawLane(context, name, lane, span, index * LANE_HEIGHT, ink, selected.peek()?.id);
        }
        drawMarkers(context, view.markers, span, Math.max(1, names.length) * LANE_HEIGHT, ink);
      }),
    [view],
  );

  const jump = (event: MouseEvent): void => {
    const lane = view.lanes.get(view.laneNames.peek()[Math.floor(event.offsetY / LANE_HEIGHT)] ?? '');
    const window = lane && windowAt(lane, shown.current, event.offsetX);
    if (window) showCard(deck, window.id);
  };

  /** Arrow keys go from window to window, through what has left the picture too; Enter goes to the card, Escape back to now. */
  const press = (event: KeyboardEvent): void => {
    const step = STEPS[event.key];
    if (step !== undefined) {
      selected.value = nextWindow(view.lanes.values(), selected.peek()?.id, step);
      const { from, to } = shown.current;
      const window = selected.peek();
      if (window && (window.onset < from || (window.offset ?? window.apex) > to))
        frozenAt.value = Math.min(view.mediaNow(performance.now()), window.apex + length.peek() / 2);
    } else if ((event.key === 'Enter' || event.key === ' ') && selected.peek()) showCard(deck, selected.peek()?.id ?? '');
    else if (event.key === 'Escape') {
      selected.value = undefined;
      frozenAt.value = undefined;
    } else return;
    event.preventDefault();
  };

  return (
    <section class="timeline panel" aria-labelledby="timeline-title">
      <header class="panel-head">
        <h2 id="timeline-title">Motion</h2>
        <Legend keys={KEYS} />
        <div class="tools">
          <label class="inline">
            Span{' '}
            <select
              value={length.value}
              onChange={(event) => {
                length.value = Number(event.currentTarget.value);
              }}
            >
              {SPANS.map((one) => (
                <option key={one} value={one}>
                  {one} s
                </option>
              ))}
            </select>
          </label>
          <button
            type="button"
            class="quiet"
            aria-pressed={frozenAt.value !== undefined}
            onClick={() => {
              frozenAt.value = frozenAt.value === undefined ? view.mediaNow(performance.now()) : undefined;
            }}
          >
            {frozenAt.value === undefined ? 'Freeze' : 'Follow'}
          </button>
        </div>
      </header>
      <canvas
        ref={canvas}
        role="application"
        aria-roledescription="timeline"
        aria-describedby="timeline-keys"
        tabIndex={0}
        onKeyDown={press}
        style={{ height: `${String(height)}px` }}
        onClick={jump}
        aria-label={`Motion of ${String(lanes.value)} ${lanes.value === 1 ? 'face' : 'faces'} over the last ${String(length.value)} seconds. Each marked window has a card in the list of alerts.`}
      />
      <p id="timeline-keys" class="keys">
        Left and right arrows: previous and next window. Enter: open its alert. Escape: back to now.
      </p>
      <p class="visually-hidden" role="status">
        {selected.value && `${selected.value.kind}${selected.value.withdrawn ? ', withdrawn' : ''}, apex at ${clock(selected.value.apex)}`}
      </p>
      {lanes.value === 0 && <p class="empty">No face has been measured yet.</p>}
    </section>
  );
}
