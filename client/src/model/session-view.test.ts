import { describe, expect, it } from 'vitest';
import type { Event } from '../../../src/events/schema.js';
import { SessionView } from './session-view.js';

const track = (t: number, face = 'f1'): Event => ({
  type: 'track',
  session: 's',
  t,
  face,
  box: [0, 0, 1, 1],
  landmarks: [],
  pose: { yaw: 0, pitch: 0, roll: 0 },
  quality: { score: 1, faults: [] },
});

describe('SessionView', () => {
  it('relates media time to this clock by the least delay seen', () => {
    const view = new SessionView('s');
    expect(view.filmedAt(1)).toBeUndefined();
    view.take(track(1), 11_200);
    view.take(track(2), 12_050);
    view.take(track(3), 13_400);
    expect(view.filmedAt(2.5)).toBeCloseTo(12.55);
    expect(view.mediaNow(13_400)).toBeCloseTo(3.35);
    expect(view.mediaNow(60_000)).toBeCloseTo(3.5);
  });

  it('follows a window from opening to closing', () => {
    const view = new SessionView('s');
    view.take(
      { type: 'annotation.opened', session: 's', t: 2, seq: 1, annotation: 'a', face: 'f1', kind: 'micro', onset: 1, apex: 1.2 },
      0,
    );
    view.take({ type: 'annotation.updated', session: 's', t: 2, seq: 2, annotation: 'a', kind: 'macro', offset: 1.9 }, 0);
    expect(view.lanes.get('f1')?.windows.get('a')).toMatchObject({ kind: 'macro', offset: 1.9, withdrawn: false });
  });

  it('keeps what could not be judged, by face, bounded', () => {
    const view = new SessionView('s');
    const stats = (...faces: string[]): Event => ({
      type: 'stats',
      session: 's',
      t: 1,
      fps_in: 30,
      fps_analyzed: 30,
      frames_dropped: 0,
      latency_ms: { p50: null, p95: null },
      queue: 0,
      unread: faces.map((face) => ({ face, watched: 2, regions: { chin: { lost: 1 } } })),
    });
    view.take(stats('f1', 'f2'), 0);
    view.take(stats('f2'), 1000);
    expect([...view.unread.value.keys()]).toEqual(['f1', 'f2']);
    for (let n = 0; n < 40; n += 1) view.take(stats(`g${String(n)}`), 0);
    expect(view.unread.value.size).toBe(16);
  });

  it('keeps the latest markers, bounded', () => {
    const view = new SessionView('s');
    for (let n = 1; n <= 300; n += 1)
      view.take({ type: 'marker', session: 's', t: n, seq: n, marker: `s-m${String(n)}`, code: `c${String(n)}` }, 0);
    expect(view.markers.length).toBe(256);
    expect(view.markers.at(-1)).toMatchObject({ t: 300, code: 'c300' });
  });

  it('forgets faces that left, and bounds the lanes', () => {
    const view = new SessionView('s');
    view.take(track(1, 'f1'), 0);
    view.take(track(2, 'f2'), 1000);
    expect(view.presentFaces(2000).map((face) => face.track.face)).toEqual(['f2']);
    view.take(track(9, 'f2'), 9000);
    expect(view.faces.size).toBe(1);
    for (let n = 0; n < 40; n += 1)
      view.take({ type: 'signal', session: 's', face: `f${String(n)}`, t: [n], motion: [0], threshold: 1 }, 0);
    expect(view.lanes.size).toBe(16);
    expect(view.laneNames.value).toContain('f39');
  });
});
