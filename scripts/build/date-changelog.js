// `npm version` runs this: what CHANGELOG.md lists as unreleased becomes the section of the new version.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * The changelog with a section for `version` below an empty *Unreleased*; throws where nothing is listed.
 *
 * @param date YYYY-MM-DD
 */
export function dated(changelog, version, date) {
  const [, before, unreleased, older] = /^(.*?^## Unreleased\n)(.*?)((?:^## .*)?)$(?![^])/ms.exec(changelog) ?? [];
  if (!/^- /m.test(unreleased ?? '')) throw new Error('CHANGELOG.md lists nothing under "## Unreleased": there is nothing to release');
  return `${before}\n## ${version} (${date})\n${unreleased}${older}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = new URL('../../CHANGELOG.md', import.meta.url);
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  writeFileSync(file, dated(readFileSync(file, 'utf8'), version, new Date().toISOString().slice(0, 10)));
}
