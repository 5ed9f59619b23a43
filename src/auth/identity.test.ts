import { expect, it } from 'vitest';
import { tokenEntrySchema } from '../config/mod.js';
import { coversSession } from './identity.js';

it('a token covers a session whose name is the same however its accents are encoded', () => {
  const bound = (session: string): { session: string | undefined } => ({
    session: tokenEntrySchema.parse(`0123456789abcdef publish ${session}`).session,
  });
  for (const form of ['NFC', 'NFD'] as const) {
    const name = 'Büro Émile'.normalize(form);
    expect(coversSession(bound('Büro Émile'.normalize('NFD')), name)).toBe(true);
    expect(coversSession(bound('Büro Émile'), name)).toBe(true);
    expect(coversSession(bound('Buro Emile'), name)).toBe(false);
  }
});
