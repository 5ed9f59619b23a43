import type { MotionSample, SpotterEvent } from '../../../src/spotting/mod.js';
import type { Spotted, SpottedWindow } from './spotted.js';

/** A spotter of one face: samples in order, then the end. What it says is what a live session would be told at that sample. */
export interface SampleSpotter {
  push(sample: MotionSample): SpotterEvent[] | Promise<SpotterEvent[]>;
  flush(): SpotterEvent[] | Promise<SpotterEvent[]>;
}

/** Runs one spotter for each face of a clip and gathers what it stood by. */
export async function runSpotter(
  start: (face: string) => SampleSpotter,
  faces: ReadonlyMap<string, readonly MotionSample[]>,
): Promise<Spotted> {
  const windows: SpottedWindow[] = [];
  let announced = 0;
  let withdrawn = 0;
  for (const [face, samples] of faces) {
    const spotter = start(face);
    const opened = new Map<string, Pick<SpottedWindow, 'openedAt' | 'openedAs'>>();
    const hear = (events: readonly SpotterEvent[], t: number): void => {
      for (const event of events) {
        if (event.type === 'opened') {
          opened.set(event.window.key, { openedAt: t, openedAs: event.window.kind });
          if (event.window.kind === 'micro') announced++;
        } else if (event.type === 'withdrawn') withdrawn++;
        else if (event.type === 'closed') {
          const { kind, onset, apex, score } = event.window;
          // A window that was cut off has no offset: it is taken to end where the samples did.
          windows.push({
            face,
            kind,
            onset,
            apex,
            offset: event.window.offset ?? Math.max(t, apex),
            score,
            ...opened.get(event.window.key),
          });
        }
      }
    };
    for (const sample of samples) hear(await spotter.push(sample), sample.t);
    hear(await spotter.flush(), samples.at(-1)?.t ?? 0);
  }
  return { windows: windows.sort((a, b) => a.onset - b.onset), announced, withdrawn };
}
