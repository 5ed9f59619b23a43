import { describe, expect, it } from 'vitest';
import type { RegionMotion } from '../../events/schema.js';
import { motionMapPrompt } from './motion-map-prompt.js';
import { regionLine } from './region-line.js';
import { regionsPrompt } from './regions-prompt.js';

const chin: RegionMotion = {
  region: 'Chin',
  mean_magnitude: 0.52349,
  max_magnitude: 1,
  direction: 'up',
  angle_deg: 91.6,
  concentration: 0.974,
};
const still: RegionMotion = {
  region: 'Left Cheek',
  mean_magnitude: 0.00002,
  max_magnitude: 0.0001,
  direction: 'No significant motion',
  angle_deg: null,
  concentration: 0.4,
};
const scattered: RegionMotion = {
  region: 'Right Cheek',
  mean_magnitude: 0.0512,
  max_magnitude: 0.1,
  direction: 'No clear dominant direction',
  angle_deg: null,
  concentration: 0.1,
};

describe('regionLine', () => {
  it('is one JSON object a region', () => {
    expect(JSON.parse(regionLine(chin, 'mellm'))).toEqual({
      region: 'Chin',
      mean_magnitude: 0.523,
      max_magnitude: 1,
      direction: 'up (92°, concentration 0.97)',
    });
    expect(JSON.parse(regionLine(still, 'mellm'))).toMatchObject({ direction: 'No significant motion' });
    expect(JSON.parse(regionLine(scattered, 'mellm'))).toMatchObject({ direction: 'No clear dominant direction (concentration 0.10)' });
  });

  it("keeps the published flaws in the paper's dialect", () => {
    expect(regionLine(chin, 'paper')).toBe('{"region":"Chin,"mean_magnitude":0.523,"max_magnitude":1.0,"direction":up(92°))}');
    expect(regionLine(still, 'paper')).toBe(
      '{"region":"Left Cheek,"mean_magnitude":0.0,"max_magnitude":0.0,"direction":No significant motion detected (mean magnitude ≈ 0.00002).}',
    );
    expect(regionLine(scattered, 'paper')).toContain('concentration ≈ 0.100');
  });

  it('turns 360° into 0°', () => {
    expect(regionLine({ ...chin, angle_deg: 359.7 }, 'paper')).toContain('(0°))');
  });
});

describe('regionsPrompt', () => {
  it('has a line for each region, in order, then the three parts', () => {
    const lines = regionsPrompt([chin, still]).split('\n');
    expect(lines[1]).toContain('"Chin"');
    expect(lines[2]).toContain('"Left Cheek"');
    expect(lines.filter((line) => line.startsWith('###'))).toHaveLength(3);
    expect(lines.join('\n')).toContain('Negative | Positive | Surprise');
  });

  it.each(['mellm', 'paper'] as const)('asks for no category without emotion (%s)', (dialect) => {
    expect(regionsPrompt([chin], { dialect, emotion: false })).not.toMatch(/negative|positive|surprise|emotion|micro-?expression|categor/i);
  });
});

describe('motionMapPrompt', () => {
  it('sends the one image', () => {
    const { text, image } = motionMapPrompt(Uint8Array.of(1, 2, 3));
    expect(image).toBe('data:image/png;base64,AQID');
    expect(text).toContain('### 3.');
    expect(motionMapPrompt(Uint8Array.of(1), { emotion: false }).text).not.toMatch(/negative|positive|micro-?expression/i);
  });
});
