import { describe, expect, it } from 'vitest';
import { errorCurveSvg } from './error-curve-svg.js';

describe('errorCurveSvg', () => {
  it('draws a line a spotter, within the frame, whatever the metrics', () => {
    const point = (falseAlarmsPerMinute: number, missRate: number) => ({ threshold: 0.5, falseAlarmsPerMinute, missRate, f1: 0 });
    const svg = errorCurveSvg('A & B', { rule: [point(0, 1), point(5000, 0)], one: [point(1, 0.5)], none: [] });
    expect(svg).toMatch(/^<svg [^]*<\/svg>\n$/);
    expect(svg).toContain('A &amp; B');
    expect(svg).not.toMatch(/NaN|Infinity/);
    expect(svg.match(/<polyline/g)).toHaveLength(3);
    expect(svg.match(/<circle/g)).toHaveLength(1);
    expect(svg).toContain('points="64.0,40.0 696.0,424.0"');
  });
});
