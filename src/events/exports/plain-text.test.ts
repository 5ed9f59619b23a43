import fc from 'fast-check';
import { expect, it } from 'vitest';
import { plainText } from './plain-text.js';

it.each([
  ['### 1. Regions\n* Right brow moves **up** by 2.23 px', '1. Regions\n• Right brow moves up by 2.23 px'],
  ['**Action units:** AU1, *AU2*', 'Action units: AU1, AU2'],
  ['- a\n  - b\n+ c', '• a\n  • b\n• c'],
  ['# Summary #\n\n\n\n---\n> `AU12` (left)', 'Summary\n\nAU12 (left)'],
  ['[AU12](https://x.org/a_b) is a_name, _so_ it is', 'AU12 is a_name, so it is'],
  ['```json\n{"a": 1}\n```', '{"a": 1}'],
  ['| unit | side |\n| --- | :-: |\n| 12 | left |', 'unit, side\n12, left'],
  ['2 - 1 = 1; 3 * 4 = 12; -0.5 px', '2 - 1 = 1; 3 * 4 = 12; -0.5 px'],
])('%j is %j', (markdown, plain) => {
  expect(plainText(markdown)).toBe(plain);
});

it('is quick and leaves no marks, whatever the text', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('#', '*', '**', '_', '`', '[', '](', ')', '>', '|', '- ', '\n', ' ', 'a', '1'), { maxLength: 200 }),
      (parts) => {
        expect(plainText(parts.join(''))).not.toMatch(/^#{1,6} |\*\*\S|`/m);
      },
    ),
  );
  const started = performance.now();
  plainText('*_`[#>|- '.repeat(20_000));
  plainText('#'.repeat(100_000));
  plainText('['.repeat(32_000));
  expect(performance.now() - started).toBeLessThan(5000);
});
