import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RegionMotion } from '../../src/events/schema.js';
import { REGION_NAMES, type FlowReport } from '../../src/flow/mod.js';
import { parseAnswer, readModelFiles, startDescriber, type Describer } from '../../src/llm/mod.js';
import { begin, chunk, mockServer, stream } from '../support/mock-llm-server.js';

const never = new AbortController().signal;
const report = (rois: readonly RegionMotion[]): FlowReport => ({
  rois,
  head: { u: 0, v: 0, rotation: 0 },
  source: 'meflownet@00000000',
  ms: 0,
});

/** A face on which some regions move by `px` at an angle and all others hardly. */
function face(moving: Readonly<Record<string, number>>, px = 1): FlowReport {
  return report(
    REGION_NAMES.map((region, i) => {
      const angle = moving[region];
      const mean = angle === undefined ? 0.02 : px;
      return {
        region,
        mean_magnitude: mean,
        max_magnitude: mean * 1.3,
        direction: 'up',
        angle_deg: angle ?? (i * 67) % 360,
        concentration: angle === undefined ? 0.6 : 0.99,
      };
    }),
  );
}

const smile = face({
  'Left Mouth Corner': 140,
  'Right Mouth Corner': 40,
  'Upper Lip (Left Side)': 140,
  'Upper Lip (Right Side)': 40,
  'Lower Lip (Left Side)': 150,
  'Lower Lip (Right Side)': 30,
  'Left Cheek': 95,
  'Right Cheek': 85,
});
const frown = face({ 'Left Inner Eyebrow': 290, 'Right Inner Eyebrow': 250, 'Left Outer Eyebrow': 275, 'Right Outer Eyebrow': 265 });
const still = face({});

describe('the embedded MELLM', () => {
  let describer: Describer;
  beforeAll(async () => {
    describer = await startDescriber();
  });
  afterAll(async () => {
    await describer.close();
  });

  it('says who it is', () => {
    expect(describer.sources).toEqual([`embedded@${readModelFiles().sha256.slice(0, 8)}`]);
  });

  it('streams an answer whose text, units and category agree', async () => {
    let text = '';
    let pieces = 0;
    const description = await describer.describe(
      smile,
      (delta) => {
        text += delta;
        pieces++;
      },
      never,
    );
    expect(pieces).toBeGreaterThan(20);
    expect(description.text).toBe(text);
    expect(description.aus.map((unit) => unit.au)).toContain('AU12');
    expect(description.emotion?.label).toBe('positive');
    const read = parseAnswer(text);
    expect(read.aus.map((unit) => unit.au).sort()).toEqual(description.aus.map((unit) => unit.au).sort());
    expect(read.emotion?.label).toBe('positive');
    expect(description.aus.every((unit) => !unit.unsupported)).toBe(true);
    expect(text.match(/^###/gm)).toHaveLength(3);
  });

  it('lets brows speak for a negative state, and stillness for nothing', async () => {
    const brows = await describer.describe(frown, () => undefined, never);
    expect(brows.aus.map((unit) => unit.au)).toContain('AU4');
    expect(brows.emotion?.label).toBe('negative');
    const nothing = await describer.describe(still, () => undefined, never);
    expect(nothing).toMatchObject({ aus: [], nothing: true });
    expect(nothing.text).toMatch(/no micro-expression/i);
    expect(nothing.emotion).toBeUndefined();
  });

  it('gives the same answer to the same measurements', async () => {
    const [one, two] = [await describer.describe(smile, () => undefined, never), await describer.describe(smile, () => undefined, never)];
    expect(one.text).toBe(two.text);
  });

  it('writes numbers of the table only', async () => {
    const { text } = await describer.describe(smile, () => undefined, never);
    const figures = [...text.matchAll(/(\d+\.\d+) px/g)].map((match) => Number(match[1]));
    expect(figures.length).toBeGreaterThan(0);
    expect(figures.every((figure) => smile.rois.some((region) => Math.abs(region.mean_magnitude - figure) < 0.006))).toBe(true);
  });

  it('reasons with regions that moved, and says the side that moved', async () => {
    const halves = [
      {
        'Right Mouth Corner': 100,
        'Upper Lip (Right Side)': 95,
        'Lower Lip (Right Side)': 95,
        'Right Nostril Wing': 76,
        'Right Cheek': 85,
      },
      { 'Right Mouth Corner': 40, 'Upper Lip (Right Side)': 40, 'Right Cheek': 85 },
      { 'Left Inner Eyebrow': 290, 'Left Outer Eyebrow': 275 },
      { 'Left Mouth Corner': 270, 'Lower Lip (Left Side)': 265 },
    ];
    for (const moving of halves) {
      const { aus, text } = await describer.describe(face(moving, 1.5), () => undefined, never);
      expect(aus.length, text).toBeGreaterThan(0);
      const side = Object.keys(moving).some((region) => region.includes('Right')) ? 'left' : 'right';
      expect(
        aus.map((unit) => unit.side),
        text,
      ).toEqual(aus.map(() => side));
      expect(text).toContain('1.50 px');
      expect(text).not.toContain('0.02 px');
    }
  });

  it('stops when it is aborted, and goes on with the next', async () => {
    const stop = new AbortController();
    let text = '';
    const asking = describer.describe(
      smile,
      (delta) => {
        text += delta;
        stop.abort();
      },
      stop.signal,
    );
    await expect(asking).rejects.toMatchObject({ code: 'llm_aborted' });
    const length = text.length;
    await describer.describe(frown, () => undefined, never);
    expect(text).toHaveLength(length);
  });

  it('answers 20 alerts at once, each once', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => describer.describe(still, () => undefined, never)));
    expect(all).toHaveLength(20);
    expect(new Set(all.map((one) => one.text)).size).toBe(1);
  });

  it('is quick: 80 tokens a second and a first token within 300 ms of CPU time', async () => {
    const tokens: number[] = [];
    const quick = await startDescriber({ onTokens: (_source, count) => tokens.push(count) });
    await quick.describe(smile, () => undefined, never);
    const began = process.cpuUsage();
    let first = 0;
    for (let i = 0; i < 4; i++) {
      const before = process.cpuUsage();
      let seen = false;
      await quick.describe(
        i % 2 === 0 ? smile : frown,
        () => {
          if (!seen) {
            const { user, system } = process.cpuUsage(before);
            first = Math.max(first, (user + system) / 1000);
            seen = true;
          }
        },
        never,
      );
    }
    const { user, system } = process.cpuUsage(began);
    await quick.close();
    const rate = tokens.slice(1).reduce((sum, count) => sum + count, 0) / ((user + system) / 1e6);
    expect(rate).toBeGreaterThan(80);
    expect(first).toBeLessThan(300);
  });

  it('names no category without emotion', async () => {
    const plain = await startDescriber({ emotion: false });
    const description = await plain.describe(smile, () => undefined, never);
    await plain.close();
    expect(description.emotion).toBeUndefined();
    expect(description.aus.map((unit) => unit.au)).toContain('AU12');
    expect(description.text).not.toMatch(/negative|positive|surprise|emotion|feeling|happiness/i);
  });
});

describe('an endpoint with the embedded model behind it', () => {
  it.each([
    [
      '503',
      (response: Parameters<typeof stream>[0]) => {
        response.writeHead(503, { 'retry-after': '60' }).end();
      },
    ],
    [
      'a stream that breaks off',
      (response: Parameters<typeof stream>[0]) => {
        begin(response);
        response.write(chunk('The left'));
        setTimeout(() => response.destroy(), 30);
      },
    ],
    ['garbage', (response: Parameters<typeof stream>[0]) => stream(response, 'lorem ipsum')],
    ['a hang', () => undefined],
  ])('the embedded model answers after %s', async (_name, respond) => {
    const server = await mockServer(respond);
    const counted: string[] = [];
    const describer = await startDescriber({
      url: server.url,
      model: 'm',
      endpoint: { firstTokenTimeout: 400, totalTimeout: 3000 },
      onRequest: (source, result) => counted.push(`${source.split('@')[0] ?? ''} ${result}`),
    });
    const all = await Promise.all(Array.from({ length: 5 }, () => describer.describe(smile, () => undefined, never)));
    expect(all.every(({ source }) => source.startsWith('embedded@'))).toBe(true);
    expect(counted.filter((one) => one === 'embedded ok')).toHaveLength(5);
    expect(counted.filter((one) => one.endsWith('fallback'))).toHaveLength(5);
    await describer.close();
    await server.close();
  });

  it('leaves answers to the endpoint where it works', async () => {
    const server = await mockServer((response) => stream(response));
    const describer = await startDescriber({ url: server.url, model: 'm' });
    expect((await describer.describe(smile, () => undefined, never)).source).toBe(`${new URL(server.url).host}/m`);
    expect(describer.sources).toHaveLength(2);
    await describer.close();
    await server.close();
  });
});

describe('the features of the training, here', () => {
  it('reads the same pairs as the generator wrote them', () => {
    const golden = JSON.parse(readFileSync(new URL('fixtures/region-motion.json', import.meta.url), 'utf8')) as {
      pairs: Record<string, RegionMotion[]>;
    };
    for (const rois of Object.values(golden.pairs)) expect(rois.map((one) => one.region)).toEqual([...REGION_NAMES]);
  });
});
