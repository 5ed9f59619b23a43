import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/property-runs.js';
import type { Annotation } from '../schema.js';
import { eafPieces, eafSource, toEaf } from './eaf.js';
import type { Recording, ResultHeader } from './recording.js';

/**
 * The rules of EAF 3.0's schema (http://www.mpi.nl/tools/elan/EAFv3.0.xsd) that such a document can break, in our words: which
 * element may hold which, in what order, with which attributes; which names are keys and which refer to them. Beyond the schema,
 * what ELAN itself asks of tiers.
 */
const CHILDREN: Readonly<Record<string, readonly string[]>> = {
  // An xs:sequence: any of them may be absent or repeated here, the order may not change.
  ANNOTATION_DOCUMENT: ['HEADER', 'TIME_ORDER', 'TIER', 'LINGUISTIC_TYPE', 'LOCALE', 'LANGUAGE', 'CONSTRAINT', 'CONTROLLED_VOCABULARY'],
  HEADER: ['MEDIA_DESCRIPTOR', 'LINKED_FILE_DESCRIPTOR', 'PROPERTY'],
  TIME_ORDER: ['TIME_SLOT'],
  TIER: ['ANNOTATION'],
  ANNOTATION: ['ALIGNABLE_ANNOTATION', 'REF_ANNOTATION'],
  ALIGNABLE_ANNOTATION: ['ANNOTATION_VALUE'],
  REF_ANNOTATION: ['ANNOTATION_VALUE'],
  CONTROLLED_VOCABULARY: ['DESCRIPTION', 'CV_ENTRY_ML'],
  CV_ENTRY_ML: ['CVE_VALUE'],
};
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  ANNOTATION_DOCUMENT: ['DATE', 'AUTHOR', 'VERSION'],
  MEDIA_DESCRIPTOR: ['MEDIA_URL', 'MIME_TYPE'],
  TIME_SLOT: ['TIME_SLOT_ID'],
  TIER: ['TIER_ID', 'LINGUISTIC_TYPE_REF'],
  ALIGNABLE_ANNOTATION: ['ANNOTATION_ID', 'TIME_SLOT_REF1', 'TIME_SLOT_REF2'],
  REF_ANNOTATION: ['ANNOTATION_ID', 'ANNOTATION_REF'],
  LINGUISTIC_TYPE: ['LINGUISTIC_TYPE_ID'],
  CONSTRAINT: ['STEREOTYPE'],
  LANGUAGE: ['LANG_ID'],
  PROPERTY: ['NAME'],
  CONTROLLED_VOCABULARY: ['CV_ID'],
  DESCRIPTION: ['LANG_REF'],
  CV_ENTRY_ML: ['CVE_ID'],
  CVE_VALUE: ['LANG_REF'],
};
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  ANNOTATION_DOCUMENT: ['FORMAT', 'xmlns:xsi', 'xsi:noNamespaceSchemaLocation'],
  HEADER: ['MEDIA_FILE', 'TIME_UNITS'],
  MEDIA_DESCRIPTOR: ['RELATIVE_MEDIA_URL', 'TIME_ORIGIN', 'EXTRACTED_FROM'],
  TIME_SLOT: ['TIME_VALUE'],
  TIER: ['PARTICIPANT', 'ANNOTATOR', 'DEFAULT_LOCALE', 'PARENT_REF', 'EXT_REF', 'LANG_REF'],
  LINGUISTIC_TYPE: ['TIME_ALIGNABLE', 'CONSTRAINTS', 'GRAPHIC_REFERENCES', 'CONTROLLED_VOCABULARY_REF'],
  CONSTRAINT: ['DESCRIPTION'],
  ALIGNABLE_ANNOTATION: ['CVE_REF'],
  REF_ANNOTATION: ['CVE_REF', 'PREVIOUS_ANNOTATION'],
  LANGUAGE: ['LANG_DEF', 'LANG_LABEL'],
};

interface Element {
  name: string;
  attributes: Record<string, string>;
  children: Element[];
  text: string;
}

/** Well-formed XML without DTD, comments or CDATA; throws on anything else. */
function parse(xml: string): Element {
  const body = xml.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, '');
  expect(body.length).toBeLessThan(xml.length);
  expect(xml).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/);
  const root: Element = { name: '', attributes: {}, children: [], text: '' };
  const stack = [root];
  const token = /<(\/?)([A-Z_]+)((?:\s+[\w:]+="[^"<]*")*)\s*(\/?)>|([^<]+)/y;
  const plain = (text: string): string => {
    expect(text.replaceAll(/&(?:amp|lt|gt|quot|apos);/g, '')).not.toMatch(/[&]/);
    return text
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll('&apos;', "'")
      .replaceAll('&amp;', '&');
  };
  while (token.lastIndex < body.length) {
    const at = token.lastIndex;
    const match = token.exec(body);
    if (!match) throw new Error(`not well-formed at ${body.slice(at, at + 40)}`);
    const [, close, name = '', rest = '', self, text] = match;
    const top = stack.at(-1)!;
    if (text !== undefined) {
      top.text += plain(text);
      continue;
    }
    if (close) {
      expect(stack.pop()?.name).toBe(name);
      continue;
    }
    const attributes: Record<string, string> = {};
    for (const [, key = '', value = ''] of rest.matchAll(/([\w:]+)="([^"]*)"/g)) {
      expect(attributes).not.toHaveProperty([key]);
      attributes[key] = plain(value);
    }
    const element: Element = { name, attributes, children: [], text: '' };
    top.children.push(element);
    if (!self) stack.push(element);
  }
  expect(stack).toHaveLength(1);
  expect(root.children).toHaveLength(1);
  return root.children[0]!;
}

function check(document: Element): Element {
  const all: Element[] = [];
  const visit = (element: Element): void => {
    all.push(element);
    const order = CHILDREN[element.name] ?? [];
    const places = element.children.map((child) => order.indexOf(child.name));
    expect(places, `children of ${element.name}`).not.toContain(-1);
    expect(places, `order in ${element.name}`).toEqual([...places].sort((a, b) => a - b));
    for (const key of REQUIRED[element.name] ?? []) expect(element.attributes, element.name).toHaveProperty([key]);
    const may = [...(REQUIRED[element.name] ?? []), ...(ALLOWED[element.name] ?? [])];
    for (const key of Object.keys(element.attributes)) expect(may, `${element.name}/@${key}`).toContain(key);
    element.children.forEach(visit);
  };
  visit(document);
  const of = (name: string): Element[] => all.filter((element) => element.name === name);
  const get = (element: Element, key: string): string => element.attributes[key] ?? '';
  // xs:dateTime; xs:ID is an NCName and unique in the document.
  expect(get(document, 'DATE')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/);
  const ids = [
    ...of('TIME_SLOT').map((slot) => get(slot, 'TIME_SLOT_ID')),
    ...['ALIGNABLE_ANNOTATION', 'REF_ANNOTATION'].flatMap(of).map((a) => get(a, 'ANNOTATION_ID')),
    ...of('CV_ENTRY_ML').map((entry) => get(entry, 'CVE_ID')),
  ];
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^[A-Za-z_][\w.-]*$/);
  const key = (name: string, attribute: string): Set<string> => {
    const keys = of(name).map((element) => get(element, attribute));
    expect(new Set(keys).size, `${name}/@${attribute} is a key`).toBe(keys.length);
    return new Set(keys);
  };
  const tiers = key('TIER', 'TIER_ID');
  const types = key('LINGUISTIC_TYPE', 'LINGUISTIC_TYPE_ID');
  const stereotypes = key('CONSTRAINT', 'STEREOTYPE');
  for (const type of of('LINGUISTIC_TYPE')) {
    if (type.attributes['CONSTRAINTS'] !== undefined) expect(stereotypes).toContain(get(type, 'CONSTRAINTS'));
    for (const flag of ['TIME_ALIGNABLE', 'GRAPHIC_REFERENCES']) expect(['true', 'false']).toContain(get(type, flag));
  }
  for (const stereotype of stereotypes)
    expect(['Time_Subdivision', 'Symbolic_Subdivision', 'Symbolic_Association', 'Included_In']).toContain(stereotype);
  const times = new Map(of('TIME_SLOT').map((slot) => [get(slot, 'TIME_SLOT_ID'), get(slot, 'TIME_VALUE')]));
  for (const value of times.values()) expect(value).toMatch(/^\d+$/);
  expect([...times.values()].map(Number), 'slots in the order of time').toEqual([...times.values()].map(Number).sort((a, b) => a - b));
  const typeOf = new Map(of('LINGUISTIC_TYPE').map((type) => [get(type, 'LINGUISTIC_TYPE_ID'), type]));
  const vocabularies = new Map(
    of('CONTROLLED_VOCABULARY').map((cv) => [
      get(cv, 'CV_ID'),
      new Map(cv.children.filter(({ name }) => name === 'CV_ENTRY_ML').map((entry) => [get(entry, 'CVE_ID'), entry.children[0]!.text])),
    ]),
  );
  for (const tier of of('TIER')) {
    expect(types).toContain(get(tier, 'LINGUISTIC_TYPE_REF'));
    const type = typeOf.get(get(tier, 'LINGUISTIC_TYPE_REF'))!;
    const constraint = type.attributes['CONSTRAINTS'];
    const parent = tier.attributes['PARENT_REF'];
    // A tier below another one needs a constraint, and only such a tier may have one.
    expect(constraint === undefined).toBe(parent === undefined);
    if (parent !== undefined) expect(tiers).toContain(parent);
    const annotations = tier.children.map((annotation) => annotation.children[0]!);
    for (const annotation of annotations)
      expect(annotation.name).toBe(get(type, 'TIME_ALIGNABLE') === 'true' ? 'ALIGNABLE_ANNOTATION' : 'REF_ANNOTATION');
    const vocabulary = vocabularies.get(type.attributes['CONTROLLED_VOCABULARY_REF'] ?? '');
    expect(vocabulary === undefined).toBe(type.attributes['CONTROLLED_VOCABULARY_REF'] === undefined);
    if (vocabulary)
      for (const annotation of annotations) expect(vocabulary.get(get(annotation, 'CVE_REF'))).toBe(annotation.children[0]!.text);
    const parents = of('TIER')
      .filter((other) => get(other, 'TIER_ID') === parent)
      .flatMap(({ children }) => children.map((annotation) => annotation.children[0]!));
    const spanOf = (a: Element): readonly [number, number] => [
      Number(times.get(get(a, 'TIME_SLOT_REF1'))),
      Number(times.get(get(a, 'TIME_SLOT_REF2'))),
    ];
    if (get(type, 'TIME_ALIGNABLE') === 'true') {
      const spans = annotations.map(spanOf);
      spans.forEach(([from, to], i) => {
        expect(from).toBeLessThan(to);
        if (i > 0) expect(from, 'no overlap within a tier').toBeGreaterThanOrEqual(spans[i - 1]![1]);
        if (constraint === 'Included_In')
          expect(
            parents.map(spanOf).some(([begin, end]) => begin <= from && to <= end),
            'within its parent',
          ).toBe(true);
      });
    } else {
      const referred = annotations.map((a) => get(a, 'ANNOTATION_REF'));
      for (const reference of referred) expect(parents.map((a) => get(a, 'ANNOTATION_ID'))).toContain(reference);
      // A symbolic association is one to one; in a subdivision each but the first follows one of the same parent.
      if (constraint === 'Symbolic_Association') expect(new Set(referred).size).toBe(referred.length);
      annotations.forEach((a, i) => {
        const before = annotations[i - 1];
        const follows = before && get(before, 'ANNOTATION_REF') === get(a, 'ANNOTATION_REF');
        expect(a.attributes['PREVIOUS_ANNOTATION']).toBe(follows ? get(before, 'ANNOTATION_ID') : undefined);
      });
    }
  }
  return document;
}

const found = (n: number, change: Partial<Annotation> = {}): Annotation => ({
  id: `s-${String(n)}`,
  session: 's',
  face: 'f1',
  kind: 'micro',
  onset: n,
  apex: n + 0.1,
  offset: n + 0.3,
  score: 0.7,
  aus: [{ au: 'AU12', side: 'left', confidence: 0.8 }],
  emotion: null,
  rois: [],
  text: 'words',
  source: { flow: null, mellm: null },
  latency_ms: { spot: null, flow: null, mellm: null },
  ...change,
});
const header: ResultHeader = {
  program: 'mellm-live 1',
  file: { name: 'a b.mp4', bytes: 1, sha256: 'ab' },
  video: { width: 1, height: 1, codec: 'h264' },
  start: 0,
  duration: 1,
  frames: { analyzed: 1, with_face: 1, not_analyzed: 0, not_decoded: 0, damaged: 0, stray_timestamps: 0, timestamp_jumps: 0 },
  sources: { flow: {}, text: {} },
  complete: true,
  warnings: [],
};
const tiersOf = (document: Element): string[] =>
  document.children.filter(({ name }) => name === 'TIER').map(({ attributes }) => attributes['TIER_ID'] ?? '');

describe('toEaf', () => {
  it('is a valid EAF 3.0 document', () => {
    const document = check(
      parse(
        toEaf([found(1), found(2, { kind: 'macro' }), found(3, { face: 'f2', offset: null, text: '' })], {
          recording: { name: 'a b.mp4', path: '/films/ä & b #1 %20.mp4', relativePath: '../films/ä & b #1 %20.mp4' },
          header,
        }),
      ),
    );
    expect(tiersOf(document)).toEqual(expect.arrayContaining(['f1 micro', 'f1 micro apex', 'f1 micro AUs', 'f1 macro', 'f2 micro']));
    expect(document.attributes['FORMAT']).toBe('3.0');
    const [media, ...properties] = document.children[0]!.children;
    // Literally: ELAN, pympi and speach take a percent sign for itself.
    expect(media?.attributes).toEqual({
      MEDIA_URL: 'file:///films/ä & b #1 %20.mp4',
      RELATIVE_MEDIA_URL: '../films/ä & b #1 %20.mp4',
      MIME_TYPE: 'video/mp4',
    });
    expect(properties.map(({ attributes, text }) => `${attributes['NAME'] ?? ''}=${text}`)).toContain('mellm-live.sha256=ab');
  });

  it('names a recording on Windows as ELAN does', () => {
    const of = (path: string, relativePath?: string) =>
      check(parse(toEaf([], { recording: { name: 'a', path, ...(relativePath === undefined ? {} : { relativePath }) } }))).children[0]!
        .children[0]!.attributes;
    expect(of('C:\\my films\\a.avi', 'films\\a.avi')).toEqual({
      MEDIA_URL: 'file:///C:/my films/a.avi',
      RELATIVE_MEDIA_URL: './films/a.avi',
      MIME_TYPE: 'video/x-msvideo',
    });
    expect(of('\\\\server\\share\\a.avi')).toMatchObject({ MEDIA_URL: 'file://server/share/a.avi' });
  });

  it('gives times as a player shows them', () => {
    const times = (recording: Recording) =>
      check(parse(toEaf([found(1)], { recording }))).children[1]!.children.map(({ attributes }) => Number(attributes['TIME_VALUE']));
    expect(times({ name: 'a' })).toEqual([1000, 1100, 1140, 1300]);
    expect(times({ name: 'a', start: 1.523, frame: 0.02 })).toEqual([2523, 2623, 2643, 2823]);
    // 200 frames a second in a file that plays 25: a second takes eight.
    expect(times({ name: 'a', pace: 8 })).toEqual([8000, 8800, 8840, 10_400]);
  });

  it('has an annotation for each action unit, and words without Markdown', () => {
    const aus = [
      { au: 'AU1', side: 'both', confidence: 1 },
      { au: 'AU12', side: 'left', confidence: 0.5 },
      { au: 'AU99', side: 'right', confidence: 0.5 },
    ] as const;
    const document = check(parse(toEaf([found(1, { aus: [...aus], text: '### Summary\n* **AU1** moves' })])));
    const values = (id: string) =>
      document.children
        .find(({ attributes }) => attributes['TIER_ID'] === id)
        ?.children.map((annotation) => annotation.children[0]!.children[0]!.text);
    expect(values('f1 micro AUs')).toEqual(['1', 'L12', 'R99']);
    expect(values('f1 micro text')).toEqual(['Summary\n• AU1 moves']);
  });

  it('is valid with nothing in it', () => {
    check(parse(toEaf([])));
  });

  it('puts what overlaps on a further tier', () => {
    const document = check(parse(toEaf([found(1, { offset: 2 }), found(1.5), found(1.6)])));
    expect(tiersOf(document)).toEqual(expect.arrayContaining(['f1 micro', 'f1 micro (2)', 'f1 micro (3)']));
  });

  it('deals with a hundred annotations at a time, whatever their number, so that its writer can do other things between two pieces', () => {
    const touched = new Set<object>();
    // Sorting by onset is all that is done at once.
    const sources = Array.from(
      { length: 500 },
      (_, n) =>
        new Proxy(eafSource(found(n, { face: `f${String(n % 3)}`, ...(n % 5 === 0 ? { offset: null } : {}) })), {
          get: (source, key, self) => {
            if (key !== 'onset') touched.add(source);
            return Reflect.get(source, key, self) as unknown;
          },
        }),
    );
    const most: number[] = [];
    const pieces: string[] = [];
    for (const piece of eafPieces(sources)) {
      pieces.push(piece);
      most.push(touched.size);
      touched.clear();
    }
    expect(Math.max(...most)).toBeLessThanOrEqual(200);
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(64 * 1024);
    check(parse(pieces.join('')));
  });

  it('is valid whatever was found', () => {
    const time = fc.double({ min: 0, max: 100, noNaN: true });
    const any = fc.record({
      face: fc.constantFrom('f1', 'f2'),
      kind: fc.constantFrom('micro' as const, 'macro' as const),
      text: fc.string({ unit: 'binary' }),
      times: fc.tuple(time, time, fc.option(time)),
    });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 12 }), (list) => {
        check(
          parse(
            toEaf(
              list.map(({ times: [onset, more, last], ...rest }, n) =>
                found(n, { ...rest, onset, apex: onset + more, offset: last === null ? null : onset + more + last }),
              ),
            ),
          ),
        );
      }),
      { numRuns: runs(60) },
    );
  }, 60_000);
});
