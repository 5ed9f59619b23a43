import { Option, type Command } from 'commander';
import { packageVersion } from '../../config/mod.js';
import { CALIBRATION_METHODS, fitCalibration, type CalibrationFile, type CalibrationMethod } from '../../spotting/mod.js';
import { readCoders } from '../agreement/read-coders.js';
import { CliError } from '../cli-error.js';
import { countOption } from '../number-option.js';
import { checkOutputFile, writeOutput } from '../output-file.js';
import { checkOutputs } from '../same-file.js';
import { judgedAlerts } from './judged-alerts.js';

/** Judged alerts below which a calibration says more of chance than of the lab. */
const LEAST_REVIEWS = 50;
/** Right and wrong ones, of each. */
const LEAST_OF_EACH = 10;

interface Options {
  readonly out: string;
  readonly method: CalibrationMethod;
  readonly leastReviews?: string;
}

export function register(program: Command): void {
  program
    .command('calibrate')
    .description("turns scores into the share of alerts that a lab's own coders accept; the server takes the file as spotting.calibration")
    .argument('<coding...>', "the machine's findings and the coders', as for agreement; or exports of reviewed sessions")
    .requiredOption('--out <file>', 'where to write the calibration, .json')
    .addOption(new Option('--method <name>', 'how it is fitted').choices([...CALIBRATION_METHODS]).default('isotonic'))
    .option('--least-reviews <n>', `judged alerts that it takes at least (default ${String(LEAST_REVIEWS)})`)
    .action(calibrate);
}

async function calibrate(inputs: readonly string[], { out, method, leastReviews }: Options): Promise<void> {
  await checkOutputFile('--out', out, ['.json']);
  await checkOutputs(
    inputs.map((input) => input.replace(/^[^=/\\]+=/, '')),
    [{ option: '--out', path: out }],
  );
  const least = countOption('--least-reviews', leastReviews) ?? LEAST_REVIEWS;
  const { judged, coders } = judgedAlerts(await readCoders(inputs));
  const right = judged.filter((one) => one.right).length;
  const wrong = judged.length - right;
  const ofEach = Math.min(LEAST_OF_EACH, Math.floor(least / 2));
  if (judged.length < least || Math.min(right, wrong) < ofEach)
    throw new CliError(
      `${String(judged.length)} judged alerts (${String(right)} right, ${String(wrong)} wrong) are too few: at least ${String(least)} are needed, ` +
        `${String(ofEach)} of them right and ${String(ofEach)} wrong; review more sessions`,
    );
  const file: CalibrationFile = {
    format: 'mellm-calibration',
    method,
    line: fitCalibration(method, judged).map(([score, probability]) => [score, probability]),
    reviews: { right, wrong, coders: [...coders] },
    version: packageVersion(),
  };
  await writeOutput(out, `${JSON.stringify(file, undefined, 1)}\n`);
  process.stderr.write(
    `${out}: ${method} on ${String(judged.length)} judged alerts of ${coders.join(', ')}, ${String(right)} right; set spotting.calibration to it\n`,
  );
}
