import { describe, expect, it } from 'vitest';
// @ts-expect-error: a script without types
import { dated as untyped } from './date-changelog.js';

const dated = untyped as (changelog: string, version: string, date: string) => string;

describe('dated', () => {
  it('moves what is unreleased below the new version, above older ones', () => {
    const before = '# Changelog\n\n## Unreleased\n\n### Added\n- Flow.\n\n## 0.1.0 (2026-01-02)\n\n- First.\n';
    expect(dated(before, '0.2.0', '2026-03-04')).toBe(
      '# Changelog\n\n## Unreleased\n\n## 0.2.0 (2026-03-04)\n\n### Added\n- Flow.\n\n## 0.1.0 (2026-01-02)\n\n- First.\n',
    );
    expect(dated('# C\n\n## Unreleased\n\n- One.\n', '0.1.0', '2026-03-04')).toBe(
      '# C\n\n## Unreleased\n\n## 0.1.0 (2026-03-04)\n\n- One.\n',
    );
  });

  it('refuses a release without changes', () => {
    expect(() => dated('# C\n\n## Unreleased\n\n## 0.1.0 (2026-03-04)\n\n- One.\n', '0.2.0', '2026-05-06')).toThrow(/nothing to release/);
  });
});
