// node .ci/again.js REPORT.json: after a failed run of the suite. One or two files that failed beside all the others are run once more, by
// themselves; what fails again fails CI. What passes then is named as unsteady, with its first failure above: it is to be mended, not believed.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const MOST = 2;
const root = join(import.meta.dirname, '..');
const say = (text) => process.stdout.write(`\n== ${text}\n`);

const [report] = process.argv.slice(2);
if (!existsSync(report)) {
  say('the suite did not come to its end: nothing to run again');
  process.exit(1);
}
const failed = JSON.parse(readFileSync(report, 'utf8')).testResults.filter(({ status }) => status === 'failed').map(({ name }) => name);
if (failed.length === 0 || failed.length > MOST) {
  say(`${failed.length} files failed: ${failed.length === 0 ? 'the fault lies outside the tests' : 'that is no matter of time'}`);
  process.exit(1);
}
say(`run again, alone: ${failed.join(' ')}`);
const again = spawnSync(process.execPath, ['--expose-gc', join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...failed], { cwd: root, stdio: 'inherit' });
if (again.status === 0) say(`UNSTEADY, failed among the others and passed alone: ${failed.join(' ')}`);
process.exit(again.status ?? 1);
