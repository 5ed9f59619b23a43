import { parse } from 'csv-parse/sync';
import { expect, it } from 'vitest';
import type { Annotation } from '../schema.js';
import { toCsv } from './csv.js';
import { exportAnnotations } from './mod.js';

const found: Annotation = {
  id: 'r-0123456789ab-1',
  session: 'r-0123456789ab',
  face: 'f1',
  kind: 'micro',
  onset: 1,
  apex: 1.1,
  offset: null,
  score: 0.7,
  aus: [
    { au: 'AU1', side: 'both', confidence: 0.834 },
    { au: 'AU12', side: 'left', confidence: 0.5 },
  ],
  emotion: { label: 'positive', probabilities: { negative: 0, positive: 1, surprise: 0, other: 0 } },
  rois: [],
  text: '### 1. Regions\n* "Mouth" moves **up**',
  source: { flow: 'meflownet@11111111', mellm: 'embedded@22222222' },
  latency_ms: { spot: null, flow: null, mellm: null },
  incomplete: ['offset'],
};

it('begins with the columns of the contract, and says more after them', () => {
  const csv = toCsv([found], { name: 'Sitzung, 3 (ä).mp4', start: 1.523 });
  expect(csv).toMatch(
    /^id,face,kind,onset,apex,offset,score,aus,emotion,text,file,file_start,au_confidences,text_source,flow_source,incomplete\r\n/,
  );
  expect(parse(csv, { columns: true })).toEqual([
    {
      id: 'r-0123456789ab-1',
      face: 'f1',
      kind: 'micro',
      onset: '1.000',
      apex: '1.100',
      offset: '',
      score: '0.700',
      aus: '1+L12',
      emotion: 'positive',
      text: '1. Regions\n• "Mouth" moves up',
      file: 'Sitzung, 3 (ä).mp4',
      file_start: '1.523',
      au_confidences: '1:0.83 L12:0.50',
      text_source: 'embedded@22222222',
      flow_source: 'meflownet@11111111',
      incomplete: 'offset',
    },
  ]);
});

it('has a byte order mark for Excel when asked to', () => {
  expect(exportAnnotations('csv', [found], { bom: true }).charCodeAt(0)).toBe(0xfeff);
  expect(exportAnnotations('csv', [found]).charCodeAt(0)).toBe('i'.charCodeAt(0));
});

it('gives no formula to a spreadsheet', () => {
  expect(toCsv([found], { name: '=cmd|x.mp4' })).toContain(",'=cmd|x.mp4,");
});
