import type { ReviewDesk } from './review-desk.js';
import type { ReviewVideo } from './review-player.js';

/** Seconds of a frame where the rate is not known. */
const FRAME = 1 / 30;

/** What each key does, in the order in which the page lists them. */
export const KEYS: readonly (readonly [string, string])[] = [
  ['A', 'accept'],
  ['R', 'reject'],
  ['N', 'add a window'],
  ['J K', 'next, previous'],
  ['Space', 'play'],
  [', .', 'frame back, on'],
  ['I P O', 'onset, apex, offset here'],
  ['M', 'micro or macro'],
  ['X', 'take back the verdict'],
  ['U', 'undo'],
  ['T', 'note'],
  ['+ −', 'zoom'],
];

/** The work of a key; undefined where it does nothing here. */
export function keyWork(desk: ReviewDesk, video: ReviewVideo, key: string): (() => void) | undefined {
  const record = desk.record.peek();
  const rate = record?.totals ? record.totals.frames_received / Math.max(1, record.totals.duration) : 0;
  const frame = rate > 1 ? 1 / rate : FRAME;
  const seek = (by: number) => (): void => {
    video.element?.pause();
    desk.playhead.value = Math.min(desk.duration.peek(), Math.max(0, desk.playhead.peek() + by));
  };
  const edge = (name: 'onset' | 'apex' | 'offset') => (): void => {
    desk.move(name, desk.playhead.peek());
  };
  const step = (by: number) => (): void => {
    desk.step(by);
  };
  const works: Readonly<Record<string, () => void>> = {
    a: () => {
      desk.judge('accepted');
    },
    r: () => {
      desk.judge('rejected');
    },
    n: () => {
      desk.add();
    },
    j: step(1),
    ArrowDown: step(1),
    k: step(-1),
    ArrowUp: step(-1),
    ' ': () => {
      video.toggle();
    },
    ',': seek(-frame),
    '.': seek(frame),
    i: edge('onset'),
    p: edge('apex'),
    o: edge('offset'),
    m: () => {
      desk.edit({ kind: desk.current.peek()?.now.kind === 'micro' ? 'macro' : 'micro' });
    },
    x: () => {
      desk.clear();
    },
    u: () => {
      desk.undo();
    },
    t: () => {
      document.querySelector<HTMLTextAreaElement>('.review-note textarea')?.focus();
    },
    '+': () => {
      desk.zoom(0.5);
    },
    '=': () => {
      desk.zoom(0.5);
    },
    '-': () => {
      desk.zoom(2);
    },
  };
  return works[key.length === 1 ? key.toLowerCase() : key];
}
