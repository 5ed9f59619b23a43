import { expect, it } from 'vitest';
import { slug } from './slug.js';

it('makes one level of a topic of any name', () => {
  expect(['Front Desk', 'Tür 2', 'a/b+#', '面接'].map(slug)).toEqual(['front_desk', 'tur_2', 'a_b_', '_']);
});
