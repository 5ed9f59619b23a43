// Audits what package-lock.json brings in, without the network: every package is pinned by its hash and comes from the registry, none runs
// a script when it is installed, and each has a licence that we can pass on. Exits with 1 and says why where one does not hold.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/** Licences that ask for no more than notices, or for the sources of the package itself, unmodified as we use it. */
const LICENCES = new Set([
  'MIT',
  'ISC',
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'Unlicense',
  'MPL-2.0',
  'MPL 2.0',
  'LGPL-3.0-or-later',
]);
/** Others, for one package each, and why. */
const EXCEPTIONS = {
  '@ffmpeg/core': 'GPL-2.0-or-later; NOTICE.md says what follows from it',
  '@shinyoshiaki/jspack': 'BSD-3-Clause by its LICENSE file, which its package.json does not name',
  argparse: "Python-2.0, which is as permissive as BSD; a test's generator of clients reads YAML with it, not passed on",
  'caniuse-lite': 'CC-BY-4.0; a table that the build reads, not passed on',
};

/** @param {string} text an SPDX expression, or what stands in its place */
const permitted = (text) =>
  text
    .replace(/[()]/g, '')
    .split(/ OR /)
    .some((choice) => choice.split(/ AND /).every((licence) => LICENCES.has(licence.trim())));
const nameOf = (path) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

/** What is wrong, a line each. */
export function audit(lock, manifest, npmrc, exceptions = EXCEPTIONS) {
  const faults = [];
  if (lock.lockfileVersion < 3) faults.push(`package-lock.json has version ${lock.lockfileVersion}; npm 9 and later write version 3`);
  if (!/^ignore-scripts=true$/m.test(npmrc)) faults.push('.npmrc does not say ignore-scripts=true');
  const names = new Set();
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (path === '' || entry.link) continue;
    const name = nameOf(path);
    names.add(name);
    if (!/^sha512-[A-Za-z0-9+/]{86}==/.test(entry.integrity ?? '')) faults.push(`${name}: no SHA-512 of its content`);
    // Without `resolved` npm takes it from the registry, by the hash (omit-lockfile-registry-resolved).
    if (entry.resolved !== undefined && !/^https:\/\/[^/]+\/.+\.tgz$/.test(entry.resolved))
      faults.push(`${name}: not from a registry (${entry.resolved.split(':')[0]})`);
    if (entry.hasInstallScript && manifest.allowScripts?.[name] !== false)
      faults.push(`${name}: has an install script, which allowScripts in package.json does not turn off`);
    if (!Object.hasOwn(exceptions, name) && !permitted(entry.license ?? 'none stated'))
      faults.push(`${name}: licence ${entry.license ?? 'none stated'}`);
  }
  for (const [name, allowed] of Object.entries(manifest.allowScripts ?? {}))
    if (allowed !== false) faults.push(`${name}: allowScripts lets its install script run`);
  for (const name of Object.keys(exceptions))
    if (!names.has(name)) faults.push(`${name}: no longer installed; take its exception out of scripts/build/audit-dependencies.js`);
  return faults;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const read = (file) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
  const lock = JSON.parse(read('package-lock.json'));
  const faults = audit(lock, JSON.parse(read('package.json')), read('.npmrc'));
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exit(1);
  console.log(`${Object.keys(lock.packages).length - 1} packages: hashes, sources, install scripts and licences are in order`);
}
