import { SingleBar } from 'cli-progress';
import type { Command } from 'commander';
import { FlowEstimator } from '../../src/flow/mod.js';
import { evaluateFlow, type FlowEvaluation, type GroupMetrics } from '../evaluation/flow/evaluate.js';
import { CliError } from '../../src/cli/cli-error.js';
import { countOption } from '../../src/cli/number-option.js';

/** Data sets with true flow. */
const DATASETS = ['meflowdataset'];
const COLUMNS = {
  epe: 'EPE',
  epe_moving: 'EPE moving',
  expression_epe: 'expr. EPE',
  angular_error: 'angle °',
  null_expression: 'null',
  zero_epe: 'zero EPE',
} as const;

/** `eval flow --dataset meflowdataset --root DIR`: end-point and angular errors by split, with confidence intervals by identity. */
export function register(program: Command): void {
  program
    .command('flow')
    .description('MEFlowNet against true flow: end-point and angular errors by split')
    .requiredOption('--dataset <name>', `which data set: ${DATASETS.join(', ')}`)
    .requiredOption('--root <dir>', 'its folder, with dataset.json')
    .option('--limit <n>', 'at most so many pairs of each split')
    .option('--json', 'one JSON object')
    .action(run);
}

async function run(options: { dataset: string; root: string; limit?: string; json?: boolean }): Promise<void> {
  if (!DATASETS.includes(options.dataset.toLowerCase()))
    throw new CliError(`--dataset ${options.dataset}: true flow is known for ${DATASETS.join(', ')} only`, { exitCode: 2 });
  const limit = countOption('--limit', options.limit) ?? Infinity;
  // One pair a batch, on the CPU: the same metrics on every run.
  const estimator = await FlowEstimator.start({ device: 'cpu', maxBatch: 1, maxWait: 0 });
  const bar = process.stderr.isTTY
    ? new SingleBar({
        format: '{bar} {percentage}% | {value}/{total} pairs | {eta_formatted}',
        stream: process.stderr,
        clearOnComplete: true,
      })
    : undefined;
  let evaluation: FlowEvaluation;
  let started = false;
  try {
    evaluation = await evaluateFlow(estimator, options.root, {
      limit,
      onProgress: (done, total) => {
        if (started) bar?.update(done);
        else {
          started = true;
          bar?.start(total, done);
        }
      },
    });
  } finally {
    bar?.stop();
    await estimator.close();
  }
  for (const note of evaluation.notes) process.stderr.write(`note: ${note}\n`);
  process.stdout.write(
    options.json ? `${JSON.stringify({ dataset: options.dataset, root: options.root, ...evaluation }, undefined, 2)}\n` : table(evaluation),
  );
}

function table({ model, splits }: FlowEvaluation): string {
  const lines = [
    `${model}; px (degrees for the angle), mean over pairs [95 % interval over people]; "moving": where the true expression exceeds 0.5 px`,
    row('', ['pairs', 'people', ...Object.values(COLUMNS)]),
  ];
  for (const [split, metrics] of Object.entries(splits)) {
    lines.push(row(split, cells(metrics)));
    const levels = Object.entries(metrics.levels);
    if (levels.length > 1) for (const [level, part] of levels) lines.push(row(`  ${level}`, cells(part)));
  }
  return `${lines.join('\n')}\n`;
}

function cells({ pairs, identities, metrics }: GroupMetrics): string[] {
  return [
    String(pairs),
    String(identities),
    ...(Object.keys(COLUMNS) as (keyof typeof COLUMNS)[]).map((name) => {
      const interval = metrics[name];
      const digits = name === 'angular_error' ? 1 : 3;
      return interval ? `${interval.mean.toFixed(digits)} [${interval.low.toFixed(digits)}, ${interval.high.toFixed(digits)}]` : '-';
    }),
  ];
}

function row(name: string, values: readonly string[]): string {
  return name.padEnd(14) + values.map((value, i) => value.padStart(i < 2 ? 8 : 24)).join('');
}
