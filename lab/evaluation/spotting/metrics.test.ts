import { describe, expect, it } from 'vitest';
import type { TruthEvent } from '../../datasets/mod.js';
import { judgeClip } from './clip-verdict.js';
import { errorCurve, missRateAt } from './error-curve.js';
import { metricsOf } from './metrics.js';
import { byBand, byClipGroup, PEAK_BANDS } from './groups.js';
import type { SpottedWindow } from './spotted.js';

const truth = (kind: string, onset: number, apex: number, offset: number, peak?: number): TruthEvent => ({
  kind,
  onset,
  apex,
  offset,
  aus: [],
  ...(peak === undefined ? {} : { peak }),
});
const window = (
  kind: 'micro' | 'macro',
  onset: number,
  apex: number,
  offset: number,
  more: Partial<SpottedWindow> = {},
): SpottedWindow => ({ face: 'f1', kind, onset, apex, offset, score: 0.8, ...more });
const clip = (id: string, person: string, events: readonly TruthEvent[], groups: Record<string, string> = {}) => ({
  id,
  person,
  truth: events,
  groups,
  source: { kind: 'video', path: id } as const,
});

describe('metricsOf', () => {
  const first = judgeClip(
    clip('a', 'p1', [truth('micro', 1, 1.2, 1.4), truth('micro', 3, 3.2, 3.4), truth('macro', 5, 6, 7), truth('blink', 8, 8.1, 8.3)]),
    30,
    {
      windows: [
        window('micro', 1.01, 1.23, 1.42, { openedAt: 1.3, openedAs: 'micro' }),
        window('micro', 3.3, 3.35, 3.5, { openedAt: 3.4, openedAs: 'micro' }),
        window('macro', 5.2, 6, 7, { openedAt: 6.1, openedAs: 'micro' }),
        window('micro', 8.1, 8.15, 8.3, { openedAt: 8.2, openedAs: 'micro' }),
        window('micro', 20, 20.1, 20.3, { openedAt: 20.2, openedAs: 'micro' }),
      ],
      announced: 6,
      withdrawn: 1,
    },
  );
  const metrics = metricsOf([first, judgeClip(clip('b', 'p2', []), 30, { windows: [], announced: 0, withdrawn: 0 })]);

  it('counts true positives, false negatives and false positives of each kind, and pools them', () => {
    expect(metrics.micro).toEqual({ truePositives: 1, falseNegatives: 1, falsePositives: 3, precision: 0.25, recall: 0.5, f1: 1 / 3 });
    expect(metrics.macro).toMatchObject({ truePositives: 1, falseNegatives: 0, falsePositives: 0, f1: 1 });
    expect(metrics.overall).toMatchObject({ truePositives: 2, falseNegatives: 1, falsePositives: 3, f1: 0.5 });
    expect(metrics).toMatchObject({ clips: 2, people: 2, minutes: 1 });
  });

  it('counts false positives by the minute, and by what they fired on', () => {
    expect(metrics.falseAlarmsPerMinute).toBe(3);
    expect(metrics.straysPerMinute).toBe(2);
    // Six announcements, of which one stood.
    expect(metrics.announcedInVainPerMinute).toBe(5);
    expect(metrics.falseAlarmsDuring).toEqual({ near: 1, blink: 1, nothing: 1 });
  });

  it('takes times over true positives only', () => {
    expect(metrics.onset?.median).toBeCloseTo(10);
    expect(metrics.apex).toMatchObject({ count: 1 });
    expect(metrics.apex?.bias).toBeCloseTo(30);
    expect(metrics.rise?.bias).toBeCloseTo(20);
    expect(metrics.latency?.p95).toBeCloseTo(100);
  });

  it('has intervals that hold the metric, and none for one person', () => {
    expect(metrics.intervals.falseAlarmsPerMinute).toEqual({ low: 0, high: 6 });
    expect(metricsOf([first]).intervals.microF1).toBeNull();
  });

  it('says null where nothing was to be found and nothing was said', () => {
    expect(metricsOf([judgeClip(clip('b', 'p2', []), 30, { windows: [] })])).toMatchObject({
      micro: { precision: null, recall: null, f1: null },
      falseAlarmsPerMinute: 0,
      announcedInVainPerMinute: null,
      latency: null,
      onset: null,
    });
  });
});

describe('judgeClip', () => {
  it('leaves truths that do not count out on both sides', () => {
    const events = [truth('micro', 1, 1.2, 1.4, 0.3), truth('micro', 3, 3.2, 3.4, 2)];
    const windows = [
      window('micro', 1, 1.2, 1.4),
      window('micro', 1.35, 1.4, 1.6),
      window('micro', 3, 3.2, 3.4),
      window('micro', 9, 9.1, 9.2),
    ];
    const {
      kinds: { micro },
    } = judgeClip(clip('a', 'p', events), 60, { windows }, { counts: ({ peak = 0 }) => peak >= 1 });
    expect(micro.truePositives).toHaveLength(1);
    expect(micro.falseNegatives).toHaveLength(0);
    expect(micro.falsePositives.map((alarm) => alarm.window.onset)).toEqual([9]);
  });

  it('leaves out what is only roughly known', () => {
    const events = [{ ...truth('macro', 2, 3, 4), rough: true }];
    const windows = [window('macro', 2.1, 3, 4), window('micro', 2.4, 2.6, 2.8)];
    const { kinds } = judgeClip(clip('a', 'p', events), 60, { windows });
    expect(kinds.macro).toEqual({ truePositives: [], falseNegatives: [], falsePositives: [] });
    expect(kinds.micro.falsePositives).toHaveLength(1);
  });
});

describe('groups', () => {
  it('shares stray false positives out by the number of truths, and keeps near ones in their band', () => {
    const events = [
      truth('micro', 1, 1.2, 1.4, 1.5),
      truth('micro', 3, 3.2, 3.4, 3),
      truth('micro', 5, 5.2, 5.4, 3),
      truth('micro', 7, 7.2, 7.4, 3),
    ];
    const windows = [
      window('micro', 1, 1.2, 1.4),
      window('micro', 3.3, 3.4, 3.8),
      window('micro', 5, 5.2, 5.4),
      ...[20, 22, 24, 26].map((t) => window('micro', t, t + 0.1, t + 0.3)),
    ];
    const table = byBand([judgeClip(clip('a', 'p', events), 60, { windows })], PEAK_BANDS);
    expect(table).toEqual({
      '1-2 px': { truePositives: 1, falseNegatives: 0, falsePositives: 1, precision: 0.5, recall: 1, f1: 2 / 3 },
      '2-4 px': { truePositives: 1, falseNegatives: 2, falsePositives: 4, precision: 0.2, recall: 1 / 3, f1: 0.25 },
    });
  });

  it('makes a table of each group with several values, numbers in order', () => {
    const of = (id: string, fps: string) =>
      judgeClip(clip(id, id, [], { fps, split: 'test' }), 60, { windows: [window('micro', 1, 1.1, 1.2)] });
    const tables = byClipGroup([of('a', '200'), of('b', '30'), of('c', '200')]);
    expect(Object.keys(tables)).toEqual(['fps']);
    expect(Object.entries(tables['fps'] ?? {}).map(([fps, { clips }]) => [fps, clips])).toEqual([
      ['30', 1],
      ['200', 2],
    ]);
  });
});

describe('errorCurve', () => {
  it('falls in false positives and rises in false negatives with the threshold', () => {
    const events = [truth('micro', 1, 1.2, 1.4), truth('micro', 3, 3.2, 3.4)];
    const windows = [
      window('micro', 1, 1.2, 1.4, { score: 0.9 }),
      window('micro', 3, 3.2, 3.4, { score: 0.4 }),
      window('micro', 9, 9.1, 9.2, { score: 0.6 }),
      window('micro', 10, 10.1, 10.2, { score: 0.3 }),
    ];
    const curve = errorCurve([{ clip: clip('a', 'p', events), seconds: 60, spotted: { windows } }]);
    expect(curve.map(({ threshold, falseAlarmsPerMinute, missRate }) => [threshold, falseAlarmsPerMinute, missRate])).toEqual([
      [0.3, 2, 0],
      [0.4, 1, 0],
      [0.6, 1, 0.5],
      [0.9, 0, 0.5],
    ]);
    expect(missRateAt(curve, 1)).toBe(0);
    expect(missRateAt(curve, 0.5)).toBe(0.5);
    expect(missRateAt([], 1)).toBe(1);
  });

  it('is empty where nothing is to be found', () => {
    expect(errorCurve([{ clip: clip('a', 'p', []), seconds: 60, spotted: { windows: [window('micro', 1, 1.1, 1.2)] } }])).toEqual([]);
  });
});
