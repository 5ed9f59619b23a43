import { expect, it } from 'vitest';
import { MOTION_REGIONS } from '../../../src/spotting/contract.js';
import { notJudged } from './not-judged.js';

const face = { face: 'f1', watched: 60 };
const all = (reasons: Record<string, number>): Record<string, Record<string, number>> =>
  Object.fromEntries(MOTION_REGIONS.map((region) => [region, { ...reasons }]));

it('names regions and reasons, the longest first', () => {
  const regions = {
    lip_upper: { lost: 3.2 },
    brow_inner_left: { turned: 9.8, lost: 2.6 },
    brow_outer_right: { turned: 4 },
    chin: { lost: 0.4 },
  };
  expect(notJudged({ ...face, regions })).toBe('brows 12 s (head turned), mouth 3 s (covered or too fast)');
  expect(notJudged({ ...face, regions: {} })).toBe('');
});

it('tells sides as the person has them', () => {
  expect(notJudged({ ...face, regions: { brow_inner_left: { lost: 2 }, eyelid_right: { lost: 1 } } })).toBe(
    'right brow 2 s (covered or too fast), left eyelid 1 s (covered or too fast)',
  );
});

it('says it once where the whole face is concerned', () => {
  const regions = { ...all({ too_dark: 12 }), chin: { too_dark: 12, lost: 2 } };
  expect(notJudged({ ...face, regions })).toBe('whole face 12 s (too dark), chin 2 s (covered or too fast)');
});
