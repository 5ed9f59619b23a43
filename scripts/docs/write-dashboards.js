// Writes grafana/dashboards from scripts/docs/dashboards. `--check` fails where they are stale.
import { readFileSync, writeFileSync } from 'node:fs';
import capacity from './dashboards/capacity.js';
import models from './dashboards/models.js';
import overview from './dashboards/overview.js';
import scale from './dashboards/scale.js';
import session from './dashboards/session.js';

let stale = false;
for (const [name, content] of Object.entries({ overview, session, capacity, models, scale })) {
  const path = new URL(`../../grafana/dashboards/${name}.json`, import.meta.url);
  const text = `${JSON.stringify(content, undefined, 1)}\n`;
  let old = '';
  try {
    old = readFileSync(path, 'utf8');
  } catch {
    /* not written yet */
  }
  if (old === text) continue;
  if (process.argv.includes('--check')) {
    stale = true;
    console.error(`grafana/dashboards/${name}.json is stale: run node scripts/docs/write-dashboards.js`);
  } else writeFileSync(path, text);
}
if (stale) process.exit(1);
