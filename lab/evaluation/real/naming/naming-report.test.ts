import { describe, expect, it } from 'vitest';
import type { Moment } from './labelled-clips.js';
import { namingReport, type Named } from './naming-report.js';

function named(
  kind: Moment['kind'],
  shown: number[],
  aus: number[],
  about: { category?: 'positive' | 'negative' | 'surprise'; label?: string } = {},
): Named {
  const { category, label } = about;
  return {
    moment: {
      clip: 'a',
      path: 'a',
      person: 'p',
      kind,
      what: '',
      onset: 0,
      apex: 0.1,
      peak: 0.2,
      aus: shown,
      ...(category ? { category } : {}),
    },
    aus,
    ...(label === undefined ? {} : { label }),
  };
}

describe('namingReport', () => {
  it('tells right, wrong and silent categories apart, and averages F1 over the units that are shown', () => {
    const report = namingReport([
      named('event', [12, 25], [12, 6], { category: 'positive', label: 'positive' }),
      named('event', [1, 2], [1], { category: 'surprise', label: 'negative' }),
      named('event', [4], [], { category: 'negative' }),
      named('null', [45], [45]),
      named('null', [], [12]),
      named('window', [], [], { label: 'surprise' }),
      named('window', [], []),
    ]);
    expect(report.category).toEqual({ right: 1, wrong: 1, silent: 1, prior: 1 });
    expect(report.nulls).toEqual({ events: 2, eventsNamed: 1, windows: 2, windowsNamed: 1 });
    // AU1: 1, AU2: 0, AU4: 0, AU12: hit once, named once more on a neutral face: 2/3.
    expect(report.auMacroF1).toBeCloseTo((1 + 2 / 3) / 4);
  });
});
