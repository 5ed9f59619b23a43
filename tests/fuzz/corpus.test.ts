import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readInputs } from './corpus.js';
import { loadTarget, TARGETS } from './targets/mod.js';

/** Every input of the corpus, and all that ever broke something, once more. */
describe('the corpus', () => {
  it.each(TARGETS.map(({ name }) => name))('of %s passes', async (name) => {
    const target = await loadTarget(name);
    const inputs = [...readInputs('corpus', name), ...readInputs('crashers', name)];
    expect(inputs.length).toBeGreaterThan(0);
    for (const input of [...target.seeds().map((seed) => (typeof seed === 'string' ? Buffer.from(seed) : seed)), ...inputs])
      await target.run(input);
  });

  it('has no file of a target that is no more', () => {
    const names = new Set(TARGETS.map(({ name }) => `${name}.txt`));
    for (const kind of ['corpus', 'crashers'])
      expect(readdirSync(new URL(`./${kind}`, import.meta.url)).filter((file) => file.endsWith('.txt') && !names.has(file))).toEqual([]);
  });
});
