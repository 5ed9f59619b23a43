// `npm run test:soak -- --minutes 60 --sessions 4`: a suite that runs for as long as it is told.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

const SUITES = {
  soak: ['tests/resilience/soak.test.ts'],
  faults: ['tests/resilience/faults.test.ts', 'tests/resilience/signals.test.ts'],
  scale: ['tests/scale/kill-and-cut.test.ts'],
  package: ['tests/package'],
};
const USAGE =
  'usage: npm run test:soak -- [--minutes N] [--sessions K], npm run test:faults -- [--rounds N], npm run test:scale -- [--rounds N] [--sessions K] [--postgres], or npm run test:package';

function wrongUsage(message) {
  process.stderr.write(`${message}; ${USAGE}\n`);
  process.exit(2);
}

let values;
let positionals;
try {
  ({ values, positionals } = parseArgs({
    allowPositionals: true,
    options: { minutes: { type: 'string' }, sessions: { type: 'string' }, rounds: { type: 'string' }, postgres: { type: 'boolean' } },
  }));
} catch (error) {
  wrongUsage(error.message);
}
const files = SUITES[positionals[0]];
if (!files || positionals.length > 1) wrongUsage('which suite?');
for (const name of ['minutes', 'sessions', 'rounds']) {
  if (values[name] !== undefined && !(Number(values[name]) > 0)) wrongUsage(`--${name} must be a positive number`);
}
const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const run = spawnSync(
  process.execPath,
  ['--expose-gc', join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', '--project', 'system', ...files],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      ...(values.minutes === undefined ? {} : { MELLM_SOAK_MINUTES: values.minutes }),
      ...(values.sessions === undefined ? {} : { MELLM_SOAK_SESSIONS: values.sessions }),
      ...(positionals[0] === 'faults' ? { MELLM_FAULTS_ROUNDS: values.rounds ?? '3' } : {}),
      ...(positionals[0] === 'package' ? { MELLM_PACKAGE: '1' } : {}),
      ...(positionals[0] === 'scale'
        ? {
            MELLM_SCALE_ROUNDS: values.rounds ?? '1',
            MELLM_SCALE_SESSIONS: values.sessions ?? '8',
            ...(values.postgres ? { MELLM_SCALE_POSTGRES: '1' } : {}),
          }
        : {}),
    },
  },
);
process.exit(run.status ?? 1);
