import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/property-runs.js';
import type { Annotation } from '../schema.js';
import type { SessionRecord } from '../session-record.js';
import { sessionReport, type Pictures, type ReportInput } from './session-report.js';
import { REPORT_POLICY } from './style.js';

const session: SessionRecord = {
  id: 's1',
  name: 'A session',
  state: 'ended',
  started: '2026-01-01T10:00:00.000Z',
  ended: '2026-01-01T10:10:00.000Z',
  reason: 'ended',
  video: { width: 640, height: 480, codec: 'vp8' },
  totals: { duration: 600, frames_received: 18_000, frames_analyzed: 17_990, frames_dropped: 10, annotations: { micro: 1, macro: 1 } },
  annotations: { micro: 1, macro: 1 },
  made_with: { version: '0.1.0', models: ['facemesh@0123abcd'], settings: { 'spotting.micro_max': 0.5 } },
};
const found = (n: number, change: Partial<Annotation> = {}): Annotation => ({
  id: `s1-${String(n)}`,
  session: 's1',
  face: 'f1',
  kind: 'micro',
  onset: n * 60,
  apex: n * 60 + 0.1,
  offset: n * 60 + 0.3,
  score: 0.7,
  aus: [{ au: 'AU12', side: 'left', confidence: 0.8 }],
  emotion: { label: 'positive', probabilities: { negative: 0, positive: 1, surprise: 0, other: 0 } },
  rois: [{ region: 'mouth_corner_left', mean_magnitude: 0.8, max_magnitude: 1.4, direction: 'up', angle_deg: 80, concentration: 0.9 }],
  text: 'The left mouth corner rises.',
  source: { flow: 'meflownet@89abcdef', mellm: 'embedded@fedcba98' },
  latency_ms: { spot: 90, flow: 12, mellm: 400 },
  ...change,
});
async function report(change: Partial<ReportInput> = {}, images: ReadonlyMap<string, Pictures> = new Map(), leftOut = 0): Promise<string> {
  let page = '';
  const input = { session, annotations: [found(1), found(2, { kind: 'macro' })], made: new Date(0), ...change };
  for await (const piece of sessionReport(
    input,
    (id) => Promise.resolve(images.get(id) ?? new Map()),
    () => leftOut,
  ))
    page += piece;
  return page;
}

/** A strict reader: what opens must close in order, and only what the report may use occurs. Returns the elements. */
function elements(page: string): string[] {
  const VOID = new Set(['meta', 'img', 'link', 'br']);
  const ATTRIBUTES = /\s+([\w:-]+)(?:="([^"<>]*)")?/gy;
  const open: string[] = [];
  const seen: string[] = [];
  const body = page.replace(/^<!doctype html>/, '').replace(/<style>[\s\S]*?<\/style>/, '');
  for (const [, close, name = '', rest = '', self] of body.matchAll(/<(\/?)([a-z0-9]+)((?:\s+[\w:-]+(?:="[^"<>]*")?)*)\s*(\/?)>/gi)) {
    if (close) {
      expect(open.pop()).toBe(name);
      continue;
    }
    seen.push(name);
    for (const [, attribute = '', value = ''] of rest.matchAll(ATTRIBUTES)) {
      expect(attribute).not.toMatch(/^on|^style$|^href$|^action$/i);
      if (attribute === 'src') expect(value).toMatch(/^data:image\/png;base64,[A-Za-z0-9+/=]+$/);
    }
    if (!self && !VOID.has(name)) open.push(name);
  }
  expect(open).toEqual([]);
  // Nothing that looks like a tag is left over.
  expect(body.replace(/<\/?[a-z0-9]+(?:\s+[\w:-]+(?:="[^"<>]*")?)*\s*\/?>/gi, '')).not.toMatch(/[<>]/);
  return seen;
}

describe('sessionReport', () => {
  it("shows what was found, how sure, by what, and what it can't say", async () => {
    const page = await report();
    for (const text of [
      'A session',
      'AU12',
      'Micro-expressions',
      'meflownet@89abcdef',
      'embedded@fedcba98',
      'facemesh@0123abcd',
      'spotting.micro_max',
      'The left mouth corner rises.',
      'unsolved problem',
      '640 × 480',
    ])
      expect(page).toContain(text);
    expect(elements(page).filter((name) => name === 'svg')).toHaveLength(4);
    expect(page).toContain(`content="${REPORT_POLICY.replaceAll("'", '&#39;')}"`);
  });

  it('shows pictures that are held, from within the file', async () => {
    const page = await report({}, new Map([['s1-1', new Map([['apex', new Uint8Array([1, 2, 3])]])]]), 3);
    expect(page).toContain('src="data:image/png;base64,AQID"');
    expect(page).toContain('3 pictures are left out');
    expect(await report()).not.toContain('<img');
  });

  it('leaves out what the spotter took back, and counts it', async () => {
    const page = await report({ annotations: [found(1), found(2, { withdrawn: 'blink', text: 'BLINK' })] });
    expect(page).not.toContain('BLINK');
    expect(page).toMatch(/Taken back by the spotter[^]*?<td>1<\/td>/);
  });

  it('says which regions were looked at and could not be judged', async () => {
    const totals = {
      ...session.totals!,
      unread: [{ face: 'f1', watched: 60, regions: { lip_lower: { lost: 12.34, too_dark: 2 }, chin: { lost: 0.4 } } }],
    };
    const page = await report({ annotations: [], session: { ...session, totals } });
    expect(page).toMatch(/f1<\/td><td>lip lower<\/td><td class="number">14\.3<\/td><td class="number">60\.0<\/td><td>lost, too dark/);
    expect(page).not.toContain('<td>chin</td>');
  });

  it('is made of nothing, too', async () => {
    expect(
      elements(
        await report({ annotations: [], session: { ...session, video: null, totals: null, made_with: null, ended: null, reason: null } }),
      ),
    ).toContain('h1');
  });

  it('lets no value become markup', async () => {
    const nasty = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '<script>alert(1)</script>',
        '"><img src=x onerror=alert(1)>',
        '</style><script>',
        "' onload='x",
        '&lt;',
        '\u0000\ud800<',
        '<!--',
        ']]>',
      ),
    );
    await fc.assert(
      fc.asyncProperty(nasty, nasty, nasty, nasty, async (name, text, face, setting) => {
        const page = await report({
          session: { ...session, name, reason: text, made_with: { version: name, models: [face], settings: { [setting]: text } } },
          annotations: [found(1, { text, face, rois: [{ ...found(1).rois[0]!, region: name, direction: setting }] })],
        });
        expect(new Set(elements(page)).has('script')).toBe(false);
        expect(Buffer.from(page).toString()).toBe(page);
      }),
      { numRuns: runs(50) },
    );
  }, 60_000);

  it('stays readable with hundreds of alerts', async () => {
    const page = await report({ annotations: Array.from({ length: 300 }, (_, n) => found(n / 100)) });
    expect(elements(page).filter((name) => name === 'article')).toHaveLength(300);
  }, 60_000);
});
