// Writes the sizing of docs/scale.md by simulation from docs/scale-costs.json. `--check` fails where it is stale.
import { readFileSync, writeFileSync } from 'node:fs';
import { withSizing } from '../../dist/lab/bench/sizing/mod.js';

const path = new URL('../../docs/scale.md', import.meta.url);
const old = readFileSync(path, 'utf8');
const text = withSizing(old);
if (old !== text) {
  if (process.argv.includes('--check')) {
    console.error('docs/scale.md is stale: run node scripts/docs/write-sizing.js');
    process.exit(1);
  }
  writeFileSync(path, text);
}
