// npm run test:kill -- --trials 500: kills a writing process that many times and looks at what its store has lost.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { trials: { type: 'string', default: '100' } } });
if (!/^[1-9]\d*$/.test(values.trials)) {
  console.error(`test:kill: --trials ${values.trials}: expected a whole number above 0`);
  process.exit(2);
}
const run = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', 'tests/store/kill.test.ts'], {
  stdio: 'inherit',
  env: { ...process.env, MELLM_KILL_TRIALS: values.trials },
});
process.exit(run.status ?? 1);
