import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeInjectedFrames, makeStillFrames } from '../../scripts/data/sample/frames.js';
import { Chain } from './chain.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const portrait = readFileSync(here('../../lab/assets/sample-portrait.jpg'));
const clips = process.env['MELLM_DATA'] ? `${process.env['MELLM_DATA']}/clips` : here('../../../shared/data/clips');

interface Truth {
  readonly expressions: readonly {
    readonly aus: readonly string[];
    readonly onset: number;
    readonly apex: number;
    readonly offset: number;
  }[];
}

const ON_REAL_CLIPS = { learned: 1, rules: 0 } as const;

describe.each(['learned', 'rules'] as const)('from pixels to windows, %s', (method) => {
  let chain: Chain;
  beforeAll(async () => {
    chain = await Chain.open(method);
  });
  afterAll(() => {
    chain.close();
  });

  it("finds the sample clip's four micro-expressions and nothing else", () => {
    const truth = JSON.parse(readFileSync(here('../../client/public/sample/sample.json'), 'utf8')) as Truth;
    const { closed, events, meterMs } = chain.runFile(here('../../client/public/sample/sample.webm'));
    expect(closed.map(({ kind }) => kind)).toEqual(truth.expressions.map(() => 'micro'));
    const errors = (of: 'onset' | 'apex' | 'offset'): number[] =>
      truth.expressions.map((expression, k) => Math.abs(closed[k]![of]! - expression[of]));
    const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;
    for (const of of ['onset', 'apex', 'offset'] as const) {
      expect(median(errors(of))).toBeLessThan(0.05);
      expect(Math.max(...errors(of))).toBeLessThan(0.11);
    }
    truth.expressions.forEach((expression, k) => {
      const opened = events.find((event) => event.type === 'opened' && event.window.key === closed[k]!.key)!;
      expect(opened.at - expression.apex).toBeLessThanOrEqual(0.2);
    });
    expect(closed[0]!.regions.slice(0, 4).every((region) => region.startsWith('brow'))).toBe(true);
    expect(closed[1]!.regions).toEqual(expect.arrayContaining(['mouth_corner_left', 'mouth_corner_right']));
    // The person's left is the image's right.
    expect(closed[3]!.regions[0]).toBe('mouth_corner_right');
    expect(closed[3]!.regions.filter((region) => region.endsWith('_left'))).toEqual([]);
    // Generous: this machine is shared. The budget is 0.6 ms.
    expect(meterMs).toBeLessThan(3);
  });

  it('finds a brow raise of 2 px and 0.3 s on a still face', async () => {
    const events = [{ aus: ['AU1', 'AU2'], onset: 3.4, rise: 0.15, fall: 0.15, peak: 2 }];
    const clip = await makeInjectedFrames({ portrait, fps: 30, seconds: 5, events, noise: 2, sway: 0.5, swayPeriod: 14 });
    const { closed } = chain.runFrames(clip.frames);
    expect(closed).toHaveLength(1);
    expect(closed[0]!.kind).toBe('micro');
    expect(Math.abs(closed[0]!.onset - 3.4)).toBeLessThan(0.05);
    expect(Math.abs(closed[0]!.apex - 3.55)).toBeLessThan(0.04);
    expect(Math.abs(closed[0]!.offset! - 3.7)).toBeLessThan(0.05);
  });

  it('is silent on the still face alone, under flickering light', async () => {
    const clip = await makeStillFrames({
      portrait,
      fps: 30,
      seconds: 7,
      noise: 3,
      sway: 1.5,
      light: (t) => 1 + 0.03 * Math.sin(2 * Math.PI * 1.7 * t) - (t > 5 ? 0.1 : 0),
    });
    expect(chain.runFrames(clip.frames).events).toEqual([]);
  });

  // What these people did is not known for certain; docs/spotting.md tells what the alerts show. More than these would be a step back.
  it.skipIf(!existsSync(clips))(
    `raises few micro alerts on real clips that are near neutral: ${String(ON_REAL_CLIPS[method])} at most`,
    () => {
      const names = [
        'lp_s18_neutral_pan.mp4',
        'fex_smile_neutral_smile_webcam.mov',
        'fex_smile_webcam.mov',
        'pyfeat_single_face_selfie.mp4',
      ];
      const micro = names.flatMap((name) =>
        chain
          .runFile(`${clips}/${name}`)
          .closed.filter(({ kind }) => kind === 'micro')
          .map(({ apex }) => ({ name, apex })),
      );
      expect(micro.length, JSON.stringify(micro)).toBeLessThanOrEqual(ON_REAL_CLIPS[method]);
    },
  );
});
