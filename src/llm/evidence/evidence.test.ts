import { describe, expect, it } from 'vitest';
import type { RegionMotion } from '../../events/schema.js';
import { REGION_NAMES, type RegionName } from '../../flow/regions.js';
import type { FaceShape } from '../../flow/face-shape.js';
import { answerByEvidence, hasEvidence } from './answer-by-evidence.js';
import { categoryOf } from './category.js';
import { confidenceOf } from './confidence.js';
import { findUnits } from './find-units.js';

const SHAPE: FaceShape = { eyes: [9, 9], lips: 0.5, mouth: 48, red: 15, jaw: 66 };
type Motion = Partial<Record<RegionName, readonly [right: number, up: number]>>;

function rois(motion: Motion, sigma = 0.1): RegionMotion[] {
  return REGION_NAMES.map((region) => {
    const [right, up] = motion[region] ?? [0, 0];
    const size = Math.hypot(right, up);
    return {
      region,
      mean_magnitude: size,
      max_magnitude: size,
      direction: '',
      angle_deg: size === 0 ? null : ((Math.atan2(up, right) * 180) / Math.PI + 360) % 360,
      concentration: 1,
      sigma,
    };
  });
}
/** Measurements of the image's right half, mirrored to the left. */
function both(motion: Motion): Motion {
  const swap = (name: string): RegionName =>
    name.replaceAll('Right', '\0').replaceAll('Left', 'Right').replaceAll('\0', 'Left') as RegionName;
  return { ...Object.fromEntries(Object.entries(motion).map(([name, [right, up]]) => [swap(name), [-right, up]])), ...motion };
}
const named = (
  motion: Motion,
  apex: Partial<FaceShape> = {},
  onset: Partial<FaceShape> = {},
  { sigma, lids }: { sigma?: number; lids?: readonly [number, number] } = {},
): string[] =>
  findUnits(rois(motion, sigma), { onset: { ...SHAPE, ...onset }, apex: { ...SHAPE, ...apex }, ...(lids ? { lids } : {}) }).map(
    ({ unit, side }) => `${String(unit)} ${side}`,
  );

const RAISED: Motion = both({ 'Right Inner Eyebrow': [0.2, 2], 'Right Outer Eyebrow': [0.1, 1.6] });
const LOWERED: Motion = both({ 'Right Inner Eyebrow': [-0.8, -1.3] });
const SMILE: Motion = both({
  'Right Mouth Corner': [1.1, 1.2],
  'Upper Lip (Right Side)': [1.2, 1.2],
  'Right Cheek': [0.2, 0.5],
  'Right Nostril Wing': [0.3, 0.4],
});
const DROPPED: Motion = { ...both({ 'Right Mouth Corner': [-0.2, -3] }), Chin: [0, -11], 'Lower Lip (Center)': [0, -13] };
const LIDS_DOWN: Motion = both({
  'Right Upper Eyelid (Center)': [0, -3],
  'Right Upper Eyelid (Left Side)': [0, -3],
  'Right Upper Eyelid (Right Side)': [0, -3],
  'Right Lower Eyelid (Center)': [0, 1],
});

describe('findUnits', () => {
  it('names nothing for still regions, nor for motion within its error', () => {
    expect(named({})).toEqual([]);
    expect(named({ ...RAISED, ...SMILE }, {}, {}, { sigma: 1.2 })).toEqual([]);
  });

  it('takes brows up for AU1 and AU2, and for wide eyes only where the lids go further apart than brows pull them', () => {
    expect(named(RAISED)).toEqual(['1 both', '2 both']);
    expect(named(RAISED, {}, {}, { lids: [0.6, 0.7] })).toEqual(['1 both', '2 both']);
    expect(named(RAISED, {}, {}, { lids: [1.2, 1.1] })).toContain('5 both');
  });

  it('does not take lids that come back from a blink for AU5, nor for AU7', () => {
    expect(named({}, {}, {}, { lids: [1.2, 1.1] })).toEqual([]);
    expect(named(RAISED, { eyes: [9, 9] }, { eyes: [7, 7] }, { lids: [1.2, 1.1] })).toEqual(['1 both', '2 both']);
    const lowerLids = both({ 'Right Lower Eyelid (Center)': [0, 2] });
    expect(named(lowerLids, { eyes: [8, 8] }, { eyes: [7, 7] }, { lids: [-1, -1] })).toEqual([]);
    expect(named(lowerLids, {}, {}, { lids: [-1, -1] })).toEqual(['7 both']);
  });

  it('takes two sides that bear each other out for as much as one that is surer alone', () => {
    const sides = (left: number, right: number): string[] => named({ 'Left Inner Eyebrow': [0, left], 'Right Inner Eyebrow': [0, right] });
    expect(sides(0.27, 0.27)).toEqual(['1 both']);
    expect(sides(0.25, 0.25)).toEqual([]);
    expect(sides(0.35, 0.1)).toEqual([]);
    expect(sides(0.46, 0.1)).toEqual(['1 right']);
  });

  it('takes inner brows down and together for AU4, never for AU9: the nose is still', () => {
    expect(named(LOWERED)).toEqual(['4 both']);
    expect(named({ ...LOWERED, ...both({ 'Right Nostril Wing': [0, 1.5] }) })).toEqual(['4 both', '9 both']);
  });

  it('does not take brows that come back from a raise for lowered ones', () => {
    expect(named(both({ 'Right Inner Eyebrow': [-0.3, -4], 'Right Outer Eyebrow': [0, -4] }))).toEqual([]);
  });

  it('takes corners up and out for AU12, with narrowed eyes and raised cheeks for AU6 too', () => {
    expect(named(SMILE)).toEqual(['12 both']);
    expect(
      named({ ...SMILE, ...both({ 'Right Cheek': [0.2, 1.4], 'Right Lower Eyelid (Center)': [0, 0.5] }) }, { eyes: [7.9, 7.9] }),
    ).toEqual(['6 both', '12 both']);
  });

  it("takes a corner held from going out for AU12 with AU14, on the person's side", () => {
    expect(named({ 'Right Mouth Corner': [-0.35, 1.6], 'Lower Lip (Right Side)': [-0.1, 1.4] })).toEqual(['12 left', '14 left']);
    expect(named({ 'Left Mouth Corner': [-1.1, 1.2] })).toEqual(['12 right']);
  });

  it('names a jaw that drops, small and large, and lips that part', () => {
    expect(named({ Chin: [0, -0.9], 'Lower Lip (Center)': [0, -1] }, { lips: 1 })).toEqual(['26 both']);
    expect(named(DROPPED, { lips: 14 })).toEqual(['25 both', '26 both']);
    expect(named(DROPPED, { lips: 22 })).toEqual(['25 both', '27 both']);
  });

  it('does not take a mouth that closes for a smile, a pout or a raised chin', () => {
    const closing: Motion = Object.fromEntries(Object.entries(DROPPED).map(([name, [right, up]]) => [name, [-right, -up]]));
    expect(named(closing, {}, { lips: 14 })).toEqual([]);
  });

  it('calls closing lids a blink and opening ones nothing: neither AU5 nor AU7', () => {
    expect(named(LIDS_DOWN, { eyes: [5, 5] })).toEqual(['45 both']);
    const opening: Motion = Object.fromEntries(Object.entries(LIDS_DOWN).map(([name, [right, up]]) => [name, [right, -up]]));
    expect(named(opening, {}, { eyes: [5, 5] })).toEqual([]);
  });

  it('takes closed lips that press together and show less red for AU24, not lips that a smile stretches', () => {
    const pressed: Motion = { 'Upper Lip (Center)': [0, -0.5], 'Lower Lip (Center)': [0, 0.5] };
    expect(named(pressed, { red: 12 })).toEqual(['24 both']);
    expect(named(pressed, { red: 12, mouth: 58 })).toEqual([]);
  });

  it('takes chin and lower lip up for AU17, corners down for AU15', () => {
    expect(named({ Chin: [0, 1], 'Lower Lip (Center)': [0, 0.8], ...both({ 'Right Mouth Corner': [0, -1] }) })).toEqual([
      '15 both',
      '17 both',
    ]);
  });
});

describe('categoryOf', () => {
  it.each([
    [[12], 'positive'],
    [[6, 12], 'positive'],
    [[12, 25], 'positive'],
    [[1, 2], 'surprise'],
    [[1, 2, 5, 25, 26], 'surprise'],
    [[4], 'negative'],
    [[4, 7], 'negative'],
    [[15, 17], 'negative'],
    [[4, 10], 'negative'],
    [[14], 'other'],
    [[6], 'other'],
    [[25, 26], 'other'],
    [[27], 'other'],
    [[], 'other'],
    [[4, 12], 'other'],
    [[1, 2, 12], 'other'],
  ] as const)('calls %j %s', (units, label) => {
    const emotion = categoryOf(units);
    expect(emotion.label).toBe(label);
    expect(Object.values(emotion.probabilities).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 2);
  });
});

describe('answerByEvidence', () => {
  const report = (motion: Motion, kind?: 'micro' | 'macro') => ({ rois: rois(motion), shape: { onset: SHAPE, apex: SHAPE }, kind });

  it('states each motion once, with its size, and calls a macro-expression one', () => {
    const { text, aus, emotion, nothing } = answerByEvidence(report(SMILE, 'macro'), true);
    expect(text).toContain('Both mouth corners move up and out by up to 1.6 px: clear AU12 (lip corner puller).');
    expect(text).toContain('Action units: AU12. Macro-expression: Positive.');
    expect(text).not.toMatch(/micro/i);
    expect(text.match(/mouth corner/g)).toHaveLength(1);
    expect(aus).toEqual([{ au: 'AU12', side: 'both', confidence: expect.any(Number) as number }]);
    expect(emotion?.label).toBe('positive');
    expect(nothing).toBe(false);
    expect(answerByEvidence(report(SMILE, 'micro'), true).text).toContain('Micro-expression: Positive.');
  });

  it('says nothing of a category where none is asked for', () => {
    const answer = answerByEvidence(report(SMILE), false);
    expect(answer.emotion).toBeUndefined();
    expect(answer.text).not.toMatch(/positive|expression|categor/i);
  });

  it('leaves open what decides nothing', () => {
    expect(answerByEvidence(report({}), true)).toMatchObject({ aus: [], nothing: true });
    const jaw = answerByEvidence(report({ Chin: [0, -2], 'Lower Lip (Center)': [0, -2] }), true);
    expect(jaw.emotion?.label).toBe('other');
    expect(jaw.text).toContain('Expression, category open.');
    expect(jaw.text).toContain('AU26 alone does not indicate a category.');
  });

  it('states a motion that shows two units once', () => {
    const { text } = answerByEvidence(report({ 'Right Mouth Corner': [-0.35, 1.6], 'Lower Lip (Right Side)': [-0.1, 1.4] }), true);
    expect(text.match(/mouth corner/g)).toHaveLength(1);
    expect(text).toMatch(/moves up and in by 1\.6 px: \w+ AU12 \(lip corner puller\) and \w+ AU14 \(dimpler\)\./);
    expect(text).toContain('Published codings assign AU12 and AU14 mostly to positive (');
  });

  it("wants every region's error and the shape", () => {
    expect(hasEvidence(report({}))).toBe(true);
    expect(hasEvidence({ rois: rois({}) })).toBe(false);
    expect(
      hasEvidence({
        ...report({}),
        rois: [{ region: 'Chin', mean_magnitude: 1, max_magnitude: 1, direction: 'up', angle_deg: 90, concentration: 1 }],
      }),
    ).toBe(false);
  });
});

it('is surer of clearer motion, never certain', () => {
  expect(confidenceOf(3)).toBeLessThan(confidenceOf(6));
  expect(confidenceOf(3)).toBeGreaterThan(0.5);
  expect(confidenceOf(1000)).toBeLessThan(1);
});
