import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { JSX } from 'preact';
import { fitCanvas } from '../../../clients/javascript/src/timeline/index.js';
import { clock } from '../model/format.js';
import { KIND_KEYS, Legend } from '../view/legend.js';
import { palette } from '../view/palette.js';
import { AXIS, drawFace, drawPlayhead, drawTimes, drawWindows, LANE, tOf, xOf, type View } from './draw-review.js';
import type { ReviewCurves } from './review-curves.js';
import type { ReviewDesk } from './review-desk.js';
import { moved, type ReviewItem } from './review-item.js';

type Edge = 'onset' | 'apex' | 'offset';
/** Distance from a boundary within which it is taken hold of, CSS px. */
const REACH = 7;
const REASONS: Readonly<Record<string, string>> = {
  below_threshold: 'below the threshold',
  blink: 'a blink',
  head: 'head motion',
  speech: 'speech',
  cannot_see: 'the face could not be judged',
  withdrawn: 'the alert was withdrawn',
  other: 'not known',
};

/** Curves of the machine's judgement, which a blind coder does not see, and what everybody sees. */
const MACHINE_KEYS = [
  ['motion', 'score'],
  ['threshold', 'threshold'],
] as const;
const OWN_KEYS = [['quiet', 'motion'], ...KIND_KEYS] as const;

/** What the pointer does: drags a boundary, or time. */
type Grip = { readonly edge: Edge } | { readonly t: number; readonly x: number; moved: boolean };

/** Curves and windows of the whole session at any zoom; boundaries of the chosen window can be dragged. */
export function ReviewTimeline({ desk, curves }: { readonly desk: ReviewDesk; readonly curves: ReviewCurves }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const draft = useSignal<ReviewItem['now'] | undefined>(undefined);
  const hint = useSignal('');
  const scheme = useSignal(0);
  const grip = useRef<Grip | undefined>(undefined);
  const faces = useComputed(() => {
    const seen = curves.overview.value?.faces.map(({ face }) => face) ?? [];
    return seen.length > 0 ? seen : [...new Set(desk.items.value.map(({ now }) => now.face))];
  });
  const lanes = Math.max(1, faces.value.length);
  const height = lanes * LANE + AXIS;
  const viewNow = (): View => ({ ...desk.span.peek(), width: canvas.current?.clientWidth ?? 1 });

  useEffect(() => {
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const change = (): void => {
      scheme.value += 1;
    };
    dark.addEventListener('change', change);
    return () => {
      dark.removeEventListener('change', change);
    };
  }, []);
  useSignalEffect(() => {
    const { from, to } = desk.span.value;
    curves.look(from, to, desk.duration.value);
  });
  useSignalEffect(() => {
    const state = {
      span: desk.span.value,
      items: desk.shown.value,
      chosen: desk.chosen.value,
      playhead: desk.playhead.value,
      draft: draft.value,
      faces: faces.value,
      blind: desk.blind.value,
      version: [curves.version, scheme.value],
    };
    // Several changes of one frame are drawn once.
    const frame = requestAnimationFrame(() => {
      paint(canvas.current, state, curves);
    });
    return () => {
      cancelAnimationFrame(frame);
    };
  });

  const edgeAt = (x: number): Edge | undefined => {
    const now = desk.current.peek()?.now;
    const near = (['apex', 'onset', 'offset'] as const).map((edge) => ({
      edge,
      far: now ? Math.abs(xOf(viewNow(), now[edge]) - x) : Infinity,
    }));
    near.sort((a, b) => a.far - b.far);
    return near[0] && near[0].far <= REACH ? near[0].edge : undefined;
  };
  const down = (event: PointerEvent): void => {
    canvas.current?.setPointerCapture(event.pointerId);
    const edge = edgeAt(event.offsetX);
    grip.current = edge ? { edge } : { t: tOf(viewNow(), event.offsetX), x: event.offsetX, moved: false };
  };
  const move = (event: PointerEvent): void => {
    const held = grip.current;
    const view = viewNow();
    const t = tOf(view, event.offsetX);
    if (!held) {
      if (canvas.current) canvas.current.style.cursor = edgeAt(event.offsetX) ? 'ew-resize' : 'crosshair';
      hint.value = peakAt(curves, view, t);
    } else if ('edge' in held) {
      const now = desk.current.peek()?.now;
      if (now) draft.value = moved(now, held.edge, t);
    } else if (held.moved || Math.abs(event.offsetX - held.x) > 3) {
      held.moved = true;
      const { from, to } = desk.span.peek();
      desk.show(from + held.t - t, to + held.t - t);
    }
  };
  const up = (event: PointerEvent): void => {
    const held = grip.current;
    grip.current = undefined;
    if (!held) return;
    const t = tOf(viewNow(), event.offsetX);
    if ('edge' in held) {
      if (draft.peek()) desk.move(held.edge, t);
      draft.value = undefined;
    } else if (!held.moved) {
      const hit = desk.shown
        .peek()
        .find(({ now }) => faces.peek()[Math.floor(event.offsetY / LANE)] === now.face && t >= now.onset && t <= now.offset);
      if (hit && hit.entry !== desk.chosen.peek()) desk.choose(hit.entry);
      desk.playhead.value = Math.max(0, t);
    }
  };

  return (
    <section class="timeline panel review-timeline" aria-labelledby="curves-title">
      <header class="panel-head">
        <h2 id="curves-title">Curves</h2>
        <Legend keys={desk.blind.value ? OWN_KEYS : [...MACHINE_KEYS, ...OWN_KEYS]} />
        <ZoomTools desk={desk} />
      </header>
      <canvas
        ref={canvas}
        style={{ height: `${String(height)}px` }}
        role="img"
        aria-label="Curves and windows of this session; the list of alerts holds the same windows"
        onPointerDown={down}
        onPointerMove={move}
        onPointerUp={up}
        onWheel={(event) => {
          event.preventDefault();
          desk.zoom(event.deltaY > 0 ? 1.25 : 0.8, tOf(viewNow(), event.offsetX));
        }}
      />
      <p class="note review-hint">
        {hint.value || 'Wheel: zoom. Drag: move. Drag a boundary of the chosen window to correct it. Dots: peaks without an alert.'}
      </p>
    </section>
  );
}

function ZoomTools({ desk }: { readonly desk: ReviewDesk }): JSX.Element {
  return (
    <div class="tools">
      <span class="note">{clock(desk.playhead.value)}</span>
      <button
        type="button"
        class="quiet"
        aria-label="Zoom out"
        onClick={() => {
          desk.zoom(2);
        }}
      >
        −
      </button>
      <button
        type="button"
        class="quiet"
        aria-label="Zoom in"
        onClick={() => {
          desk.zoom(0.5);
        }}
      >
        +
      </button>
      <button
        type="button"
        class="quiet"
        onClick={() => {
          desk.show(0, desk.duration.peek());
        }}
      >
        Whole session
      </button>
    </div>
  );
}

interface Shown {
  readonly span: { readonly from: number; readonly to: number };
  readonly items: readonly ReviewItem[];
  readonly chosen: string;
  readonly playhead: number;
  readonly draft: ReviewItem['now'] | undefined;
  readonly faces: readonly string[];
  readonly blind: boolean;
}

function paint(
  canvas: HTMLCanvasElement | null,
  { span, items, chosen, playhead, draft, faces, blind }: Shown,
  curves: ReviewCurves,
): void {
  const fitted = canvas && fitCanvas(canvas);
  if (!fitted) return;
  const { context, width, height } = fitted;
  const view = { ...span, width };
  const ink = palette();
  const series = curves.at(span.from, span.to);
  const drawn = items.map((item) => (draft && item.entry === chosen ? { ...item, now: draft } : item));
  for (const [lane, name] of faces.entries()) {
    const face = series?.faces.find((one) => one.face === name);
    if (face) drawFace(context, face, view, lane * LANE, ink, blind);
    drawWindows(
      context,
      drawn.filter(({ now }) => now.face === name),
      chosen,
      view,
      lane * LANE,
      ink,
    );
  }
  drawTimes(context, view, height - AXIS, ink);
  drawPlayhead(context, playhead, view, height - AXIS, ink);
}

function peakAt(curves: ReviewCurves, view: View, t: number): string {
  const reach = tOf(view, 5) - view.from;
  const peak = curves
    .at(view.from, view.to)
    ?.faces.flatMap(({ peaks }) => peaks)
    .find((one) => Math.abs(one.t - t) <= reach);
  return peak ? `Peak of ${peak.score.toFixed(2)} at ${clock(peak.t)} raised no alert: ${REASONS[peak.reason] ?? peak.reason}.` : '';
}
