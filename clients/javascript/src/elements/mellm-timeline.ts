import type { Event } from '../../../../src/events/schema.js';
import {
  AXIS_HEIGHT,
  drawAxis,
  drawLane,
  drawMarkers,
  fitCanvas,
  keepDrawing,
  LANE_HEIGHT,
  TimelineModel,
  type Palette,
} from '../timeline/index.js';
import { SessionElement, type ElementState } from './session-element.js';
import { part, rootOf } from './theme.js';

const CSS = `
canvas { display: block; width: 100%; }
p { margin: 0; color: var(--_quiet); }
p:empty { display: none; }
`;

/** Seconds shown unless the attribute `span` says otherwise. */
const SPAN = 20;

/**
 * `<mellm-timeline server session token span>`: motion, threshold, marked windows and markers of each face over the last seconds. Parts:
 * `canvas`, `status`.
 */
export class MellmTimeline extends SessionElement {
  readonly #canvas = part('canvas', 'canvas');
  readonly #status = part('p', 'status');
  #model = new TimelineModel();
  #stop: (() => void) | undefined;
  #lanes = -1;

  constructor() {
    super();
    const root = rootOf(this, CSS);
    this.#canvas.setAttribute('role', 'img');
    this.#status.setAttribute('role', 'status');
    root.append(this.#canvas, this.#status);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#stop ??= keepDrawing((now) => {
      this.#draw(now);
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stop?.();
    this.#stop = undefined;
  }

  protected override clear(): void {
    this.#model = new TimelineModel();
  }

  protected override tell(state: ElementState, problem?: string): void {
    this.#status.textContent = problem ?? (state === 'waiting' ? 'Waiting for a live session.' : '');
  }

  protected override take(event: Event): void {
    this.#model.take(event, performance.now());
  }

  #draw(now: number): void {
    const { lanes, markers } = this.#model;
    const bottom = Math.max(1, lanes.size) * LANE_HEIGHT;
    const wanted = Number(this.getAttribute('span') ?? SPAN);
    const length = wanted > 0 ? wanted : SPAN;
    if (lanes.size !== this.#lanes) {
      this.#lanes = lanes.size;
      this.#canvas.style.height = `${String(bottom + AXIS_HEIGHT)}px`;
      const faces = `${String(lanes.size)} ${lanes.size === 1 ? 'face' : 'faces'}`;
      this.#canvas.setAttribute('aria-label', `Motion of ${faces} over the last ${String(length)} seconds`);
    }
    const fitted = fitCanvas(this.#canvas);
    if (!fitted) return;
    const to = Math.max(this.#model.mediaNow(now), length);
    const span = { from: to - length, to, width: fitted.width };
    const ink = this.#palette();
    drawAxis(fitted.context, span, bottom, ink);
    let top = 0;
    for (const [name, lane] of lanes) {
      drawLane(fitted.context, name, lane, span, top, ink);
      top += LANE_HEIGHT;
    }
    drawMarkers(fitted.context, markers, span, bottom, ink);
  }

  /** The colours as the page has set them: a canvas understands no custom properties. */
  #palette(): Palette {
    const style = getComputedStyle(this);
    const colour = (name: string): string => style.getPropertyValue(`--_${name}`).trim();
    const quiet = colour('quiet');
    return {
      ink: colour('ink'),
      quiet,
      line: colour('line'),
      accent: colour('accent'),
      micro: colour('micro'),
      macro: colour('macro'),
      threshold: quiet,
    };
  }
}
