import { expect, it } from 'vitest';
import { nearestStep, RATES, rateText } from './alert-rate.js';

it('finds the nearest step by ratio', () => {
  expect(RATES.map(nearestStep)).toEqual(RATES.map((_, i) => i));
  expect(RATES[nearestStep(0.6)]).toBe(0.5);
  expect(nearestStep(0)).toBe(0);
  expect(RATES[nearestStep(100)]).toBe(10);
});

it('says rates in words', () => {
  expect(rateText(0.05)).toBe('about one false alarm in 20 minutes expected');
  expect(rateText(0.5)).toBe('about one false alarm in 2 minutes expected');
  expect(rateText(0.9)).toBe('about one false alarm a minute expected');
  expect(rateText(1)).toBe('about one false alarm a minute expected');
  expect(rateText(5)).toBe('about 5 false alarms a minute expected');
});
