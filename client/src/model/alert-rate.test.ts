import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { nearestStep, RATES, rateText } from './alert-rate.js';

it('finds the nearest step by ratio', () => {
  expect(RATES.map(nearestStep)).toEqual(RATES.map((_, i) => i));
  expect(RATES[nearestStep(0.6)]).toBe(0.5);
  expect(nearestStep(0)).toBe(0);
  expect(RATES[nearestStep(100)]).toBe(4);
  expect(RATES[nearestStep(3.953)]).toBe(4);
});

it('has steps that the shipped model can keep, each with a threshold of its own', () => {
  const card = JSON.parse(readFileSync(new URL('../../../models/spotter/model.json', import.meta.url), 'utf8')) as {
    alarms: [number, number][];
  };
  const known = card.alarms.map(([, rate]) => rate);
  // The last step stands for the most that the model knows, said to the nearest whole number.
  expect(Math.round(Math.max(...known))).toBe(RATES.at(-1));
  expect(RATES[0]).toBeGreaterThan(Math.min(...known));
});

it('says rates in words', () => {
  expect(rateText(0.05)).toBe('about one false alarm in 20 minutes expected');
  expect(rateText(0.5)).toBe('about one false alarm in 2 minutes expected');
  expect(rateText(0.9)).toBe('about one false alarm a minute expected');
  expect(rateText(1)).toBe('about one false alarm a minute expected');
  expect(rateText(3.953)).toBe('about 4 false alarms a minute expected');
  expect(rateText(5)).toBe('about 5 false alarms a minute expected');
});
