import { expect, it } from 'vitest';
import { SERIES_UNITS } from '../../../../src/pipeline/mod.js';
import { intensityReport, type MeasuredEvent } from './intensity-report.js';

const event = (aus: readonly number[], strengths: Readonly<Record<number, number>>, person = 'p'): MeasuredEvent => ({
  moment: { clip: 'a', path: 'a', person, kind: 'event', what: '', onset: 0, apex: 0.1, peak: 0.2, aus },
  units: SERIES_UNITS.map((unit) => strengths[unit] ?? 0),
});

it('holds events with a unit against those without', () => {
  const { people, units } = intensityReport([
    event([1], { 1: 2 }),
    event([1, 12], { 1: 0.5, 12: Number.NaN }),
    event([12], { 1: 0.5, 12: 3 }, 'q'),
    event([], { 1: 0.1 }),
  ]);
  expect(people).toBe(2);
  // 2 beats both, 0.5 ties with one and beats the other.
  expect(units['AU1']).toEqual({ shown: 2, without: 2, auc: 3.5 / 4, presentWith: 1, presentWithout: 0, unread: 0 });
  expect(units['AU12']).toMatchObject({ shown: 1, auc: 1, unread: 1 });
  expect(units['AU26']?.auc).toBeNull();
});
