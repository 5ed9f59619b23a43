import { expect, it } from 'vitest';
import type { EventDraft } from '../../events/mod.js';
import { WallClock } from '../../pipeline/wall-clock.js';
import { SessionMarkers } from './session-markers.js';

const START = 1_700_000_000_000;

function markersAt(
  lastT: number | undefined,
  clock: WallClock | undefined = new WallClock(),
): { markers: SessionMarkers; published: EventDraft[] } {
  clock.observe(0, START);
  const published: EventDraft[] = [];
  return {
    markers: new SessionMarkers({ session: 's1', clock, lastT: () => lastT, publish: (draft) => published.push(draft) }),
    published,
  };
}

it('places a marker by media time, by the clock, or by its arrival', () => {
  const { markers, published } = markersAt(10);
  expect(markers.add({ code: 'a', t: 2.5 }, START)).toMatchObject({ marker: 's1-m1', t: 2.5, wall: { at: START + 2500 } });
  expect(markers.add({ code: 'b', at: START + 4000, trial: '7' }, START)).toMatchObject({ t: 4, trial: '7' });
  expect(markers.add({ code: 'c', stimulus: 'film' }, START + 5000)).toMatchObject({ t: 5, stimulus: 'film' });
  expect(published.map((draft) => draft.type)).toEqual(['marker', 'marker', 'marker']);
});

it('refuses what has no place, and more than a session may have', () => {
  expect(markersAt(undefined).markers.add({ code: 'a', t: 1 }, START)).toBe('no_frame_yet');
  expect(markersAt(10).markers.add({ code: 'a', t: 71 }, START)).toBe('out_of_range');
  expect(markersAt(10).markers.add({ code: 'a', at: START - 5000 }, START)).toBe('out_of_range');
  const recording = new SessionMarkers({ session: 's1', clock: undefined, lastT: () => 10, publish: () => undefined });
  expect(recording.add({ code: 'a' }, START)).toBe('no_wall_clock');
  expect(recording.add({ code: 'a', t: 3 }, START)).toEqual({ marker: 's1-m1', session: 's1', t: 3, code: 'a' });
  const { markers, published } = markersAt(10);
  for (let i = 0; i < 10_000; i++) markers.add({ code: 'a', t: 1 }, START);
  expect(markers.add({ code: 'a', t: 1 }, START)).toBe('too_many_markers');
  expect(published).toHaveLength(10_000);
});
