import { expect, it } from 'vitest';
import { explanationLines } from './explanation.js';

it('tells headings and items from the rest, and leaves markup alone', () => {
  expect(explanationLines('### 1. Regions\n* The brow lifts.\n\nPlain <b>text</b>\n#no heading\n-')).toEqual([
    { kind: 'heading', text: '1. Regions' },
    { kind: 'item', text: 'The brow lifts.' },
    { kind: 'plain', text: 'Plain <b>text</b>' },
    { kind: 'plain', text: '#no heading' },
    { kind: 'plain', text: '-' },
  ]);
});
