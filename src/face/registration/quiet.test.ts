import { describe, expect, it } from 'vitest';
import { isQuiet } from './quiet.js';

/** A face with its eyes 88 px apart; `mouth` px of the corners' rise, `x` px of the head's shift. */
function face(t: number, mouth: number, x: number): { t: number; landmarks: Float32Array } {
  const landmarks = Float32Array.from({ length: 936 }, (_, i) => (i % 2 === 0 ? 100 + ((i * 7) % 90) + x : 100 + ((i * 11) % 110)));
  landmarks.set([100 + x, 120], 66);
  landmarks.set([188 + x, 120], 526);
  for (const index of [61, 291, 0, 17]) landmarks[2 * index + 1] = (landmarks[2 * index + 1] ?? 0) - mouth;
  return { t, landmarks };
}
const series = (mouth: (t: number) => number, x: (t: number) => number): { t: number; landmarks: Float32Array }[] =>
  [0, 0.033, 0.067, 0.1, 0.133, 0.167, 0.2].map((t) => face(t, mouth(t), x(t)));

describe('a quiet moment', () => {
  it('is one without expression or quick head movement', () => {
    expect(
      isQuiet(
        series(
          () => 0,
          () => 0,
        ),
      ),
    ).toBe(true);
    expect(
      isQuiet(
        series(
          () => 0,
          (t) => 8 * t,
        ),
      ),
    ).toBe(true);
    expect(
      isQuiet(
        series(
          (t) => 40 * t,
          () => 0,
        ),
      ),
    ).toBe(false);
    expect(
      isQuiet(
        series(
          () => 0,
          (t) => 40 * t,
        ),
      ),
    ).toBe(false);
  });

  it('takes some time to tell', () => {
    expect(
      isQuiet(
        series(
          () => 0,
          () => 0,
        ).slice(0, 3),
      ),
    ).toBe(false);
    expect(isQuiet([])).toBe(false);
  });
});
