import { expect, it } from 'vitest';
import { judgeClip } from './clip-verdict.js';
import type { SpottedClip } from './error-curve.js';
import { metricsOf } from './metrics.js';
import { protocolsOf } from './protocols.js';

/** A clip of a minute with micro-expressions and alerts at these seconds. */
function clip(id: string, truths: readonly number[], alerts: readonly (readonly [at: number, score: number])[]): SpottedClip {
  const truth = truths.map((onset) => ({ kind: 'micro', onset, apex: onset + 0.1, offset: onset + 0.3, aus: [] }));
  const windows = alerts.map(([onset, score]) => ({
    face: 'f1',
    kind: 'micro' as const,
    onset,
    apex: onset + 0.1,
    offset: onset + 0.3,
    score,
  }));
  const source = { kind: 'video', path: id } as const;
  return { clip: { id, person: id, groups: {}, truth, source }, seconds: 60, spotted: { windows } };
}

it("shows the field's protocol beside the live one, which sees all videos", () => {
  const clips = [
    clip(
      'a',
      [1, 10],
      [
        [1, 0.9],
        [10, 0.8],
        [30, 0.3],
      ],
    ),
    clip(
      'b',
      [],
      [
        [5, 0.7],
        [9, 0.6],
      ],
    ),
  ];
  const verdicts = clips.map((one) => judgeClip(one.clip, one.seconds, one.spotted));
  const { field, live } = protocolsOf(clips, metricsOf(verdicts), () => true);
  // The best threshold of the one video with expressions leaves out its false alarm; the video without is not looked at.
  expect(field).toMatchObject({ clips: 1, overall: { f1: 1, falsePositives: 0 } });
  expect(live).toMatchObject({ clips: 2, micro: { truePositives: 2, falsePositives: 3 }, falseAlarmsPerMinute: 1.5 });
  expect(field.rules.join()).toContain('whole');
});
