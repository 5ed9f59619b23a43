import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/properties/runs.js';
import type { Annotation } from '../schema.js';
import { toEaf } from './eaf.js';

/**
 * The rules of EAF 3.0's schema (http://www.mpi.nl/tools/elan/EAFv3.0.xsd) that such a document can break, in our words: which
 * element may hold which, in what order, with which attributes; which names are keys and which refer to them. Beyond the schema,
 * what ELAN itself asks of tiers.
 */
const CHILDREN: Readonly<Record<string, readonly string[]>> = {
  // An xs:sequence: any of them may be absent or repeated here, the order may not change.
  ANNOTATION_DOCUMENT: ['HEADER', 'TIME_ORDER', 'TIER', 'LINGUISTIC_TYPE', 'LOCALE', 'LANGUAGE', 'CONSTRAINT', 'CONTROLLED_VOCABULARY'],
  HEADER: ['MEDIA_DESCRIPTOR', 'LINKED_FILE_DESCRIPTOR', 'PROPERTY'],
  TIME_ORDER: ['TIME_SLOT'], TIER: ['ANNOTATION'], ANNOTATION: ['ALIGNABLE_ANNOTATION', 'REF_ANNOTATION'],
  ALIGNABLE_ANNOTATION: ['ANNOTATION_VALUE'], REF_ANNOTATION: ['ANNOTATION_VALUE'],
};
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  ANNOTATION_DOCUMENT: ['DATE', 'AUTHOR', 'VERSION'], MEDIA_DESCRIPTOR: ['MEDIA_URL', 'MIME_TYPE'], TIME_SLOT: ['TIME_SLOT_ID'],
  TIER: ['TIER_ID', 'LINGUISTIC_TYPE_REF'], ALIGNABLE_ANNOTATION: ['ANNOTATION_ID', 'TIME_SLOT_REF1', 'TIME_SLOT_REF2'],
  REF_ANNOTATION: ['ANNOTATION_ID', 'ANNOTATION_REF'], LINGUISTIC_TYPE: ['LINGUISTIC_TYPE_ID'], CONSTRAINT: ['STEREOTYPE'],
};
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  ANNOTATION_DOCUMENT: ['FORMAT', 'xmlns:xsi', 'xsi:noNamespaceSchemaLocation'], HEADER: ['MEDIA_FILE', 'TIME_UNITS'],
  MEDIA_DESCRIPTOR: ['RELATIVE_MEDIA_URL', 'TIME_ORIGIN', 'EXTRACTED_FROM'], TIME_SLOT: ['TIME_VALUE'],
  TIER: ['PARTICIPANT', 'ANNOTATOR', 'DEFAULT_LOCALE', 'PARENT_REF', 'EXT_REF', 'LANG_REF'],
  LINGUISTIC_TYPE: ['TIME_ALIGNABLE', 'CONSTRAINTS', 'GRAPHIC_REFERENCES', 'CONTROLLED_VOCABULARY_REF'], CONSTRAINT: ['DESCRIPTION'],
};

interface Element { name: string; attributes: Record<string, string>; children: Element[]; text: string }

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
    return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&apos;', "'").replaceAll('&amp;', '&');
  };
  while (token.lastIndex < body.length) {
    const at = token.lastIndex;
    const match = token.exec(body);
    if (!match) throw new Error(`not well-formed at ${body.slice(at, at + 40)}`);
    const [, close, name = '', rest = '', self, text] = match;
    const top = stack.at(-1)!;
    if (text !== undefined) { top.text += plain(text); continue; }
    if (close) { expect(stack.pop()?.name).toBe(name); continue; }
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
    const may = [...REQUIRED[element.name] ?? [], ...ALLOWED[element.name] ?? []];
    for (const key of Object.keys(element.attributes)) expect(may, `${element.name}/@${key}`).toContain(key);
    element.children.forEach(visit);
  };
  visit(document);
  const of = (name: string): Element[] => all.filter((element) => element.name === name);
  const get = (element: Element, key: string): string => element.attributes[key] ?? '';
  // xs:dateTime; xs:ID is an NCName and unique in the document.
  expect(get(document, 'DATE')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/);
  const ids = [...of('TIME_SLOT').map((slot) => get(slot, 'TIME_SLOT_ID')), ...['ALIGNABLE_ANNOTATION', 'REF_ANNOTATION'].flatMap(of).map((a) => get(a, 'ANNOTATION_ID'))];
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
  for (const stereotype of stereotypes) expect(['Time_Subdivision', 'Symbolic_Subdivision', 'Symbolic_Association', 'Included_In']).toContain(stereotype);
  const times = new Map(of('TIME_SLOT').map((slot) => [get(slot, 'TIME_SLOT_ID'), get(slot, 'TIME_VALUE')]));
  for (const value of times.values()) expect(value).toMatch(/^\d+$/);
  for (const tier of of('TIER')) {
    expect(types).toContain(get(tier, 'LINGUISTIC_TYPE_REF'));
    const parent = tier.attributes['PARENT_REF'];
    if (parent !== undefined) expect(tiers).toContain(parent);
    const annotations = tier.children.map((annotation) => annotation.children[0]!);
    for (const annotation of annotations) expect(annotation.name).toBe(parent === undefined ? 'ALIGNABLE_ANNOTATION' : 'REF_ANNOTATION');
    if (parent === undefined) {
      const spans = annotations.map((a) => [Number(times.get(get(a, 'TIME_SLOT_REF1'))), Number(times.get(get(a, 'TIME_SLOT_REF2')))] as const);
      spans.forEach(([from, to], i) => {
        expect(from).toBeLessThan(to);
        if (i > 0) expect(from, 'no overlap within a tier').toBeGreaterThanOrEqual(spans[i - 1]![1]);
      });
    } else {
      const parents = new Set(of('TIER').find((other) => get(other, 'TIER_ID') === parent)!.children.map((annotation) => get(annotation.children[0]!, 'ANNOTATION_ID')));
      const referred = annotations.map((a) => get(a, 'ANNOTATION_REF'));
      for (const reference of referred) expect(parents).toContain(reference);
      // A symbolic association is one to one.
      expect(new Set(referred).size).toBe(referred.length);
    }
  }
  return document;
}

const found = (n: number, change: Partial<Annotation> = {}): Annotation => ({
  id: `s-${String(n)}`, session: 's', face: 'f1', kind: 'micro', onset: n, apex: n + 0.1, offset: n + 0.3, score: 0.7, aus: [{ au: 'AU12', side: 'left', confidence: 0.8 }],
  emotion: null, rois: [], text: 'words', source: { flow: null, mellm: null }, latency_ms: { spot: null, flow: null, mellm: null }, ...change,
});
const tiersOf = (document: Element): string[] => document.children.filter(({ name }) => name === 'TIER').map(({ attributes }) => attributes['TIER_ID'] ?? '');

describe('toEaf', () => {
  it('is a valid EAF 3.0 document', () => {
    const document = check(parse(toEaf([found(1), found(2, { kind: 'macro' }), found(3, { face: 'f2', offset: null, text: '' })], { media: 'file:///a b.mp4' })));
    expect(tiersOf(document)).toEqual(expect.arrayContaining(['f1 micro', 'f1 micro AUs', 'f1 macro', 'f2 micro']));
    expect(document.attributes['FORMAT']).toBe('3.0');
  });

  it('is valid with nothing in it', () => { check(parse(toEaf([]))); });

  it('puts what overlaps on a further tier', () => {
    const document = check(parse(toEaf([found(1, { offset: 2 }), found(1.5), found(1.6)])));
    expect(tiersOf(document)).toEqual(expect.arrayContaining(['f1 micro', 'f1 micro (2)', 'f1 micro (3)']));
  });

  it('is valid whatever was found', () => {
    const time = fc.double({ min: 0, max: 100, noNaN: true });
    const any = fc.record({
      face: fc.constantFrom('f1', 'f2'), kind: fc.constantFrom('micro' as const, 'macro' as const), text: fc.string({ unit: 'binary' }),
      times: fc.tuple(time, time, fc.option(time)),
    });
    fc.assert(fc.property(fc.array(any, { maxLength: 12 }), (list) => {
      check(parse(toEaf(list.map(({ times: [onset, more, last], ...rest }, n) => found(n, { ...rest, onset, apex: onset + more, offset: last === null ? null : onset + more + last })))));
    }), { numRuns: runs(60) });
  }, 60_000);
});
