import type { Command } from 'commander';
import { loadDataset } from '../datasets/mod.js';
import { codedPairs } from '../evaluation/mod.js';
import { evaluateRecognition, type RecognitionMetrics } from '../evaluation/descriptions/evaluate.js';
import { readInstructSplit, type InstructSplit } from '../evaluation/descriptions/instruct-split.js';
import { describerOptions, startDescriber } from '../../src/llm/mod.js';
import { CliError } from '../../src/cli/cli-error.js';
import { addLlmOptions, llmConfig, type LlmFlags } from '../../src/cli/llm-options.js';
import { countOption } from '../../src/cli/number-option.js';

interface Options extends LlmFlags {
  dataset: string;
  root: string;
  json?: boolean;
  limit?: string;
}

/** Sets of pictures with coded emotions; SAMM Long Videos has none. */
const CODED = ['casme2', 'samm', 'smic-hs', 'smic-vis', 'smic-nir', 'casme-sq', 'casme3', 'mmew', '4dme', 'dfme'];
const DATASETS = ['meu-instruct', ...CODED];

/** `eval recognition --dataset meu-instruct --root DIR`: action units and categories against what is known of each pair. */
export function register(evalCommand: Command): void {
  addLlmOptions(
    evalCommand
      .command('recognition')
      .description(
        'action units (F1) and categories (UF1, UAR) beside what the frequencies alone give, and two baselines on the same region features',
      ),
  )
    .requiredOption('--dataset <name>', `which data set: ${DATASETS.join(', ')}`)
    .requiredOption(
      '--root <dir>',
      'its folder; of meu-instruct with test.jsonl (and train.jsonl to fit the baselines on), or the JSONL file itself',
    )
    .option('--limit <n>', 'at most so many pairs')
    .option('--config <file>', 'YAML file of settings')
    .option('--json', 'one JSON object')
    .action(run);
}

async function run(options: Options): Promise<void> {
  const name = options.dataset.toLowerCase();
  if (!DATASETS.includes(name))
    throw new CliError(`--dataset ${options.dataset}: recognition is evaluated on ${DATASETS.join(', ')}`, { exitCode: 2 });
  const limit = countOption('--limit', options.limit) ?? Infinity;
  const split = name === 'meu-instruct' ? await readInstructSplit(options.root, limit) : await codedSplit(name, options.root, limit);
  const describer = await startDescriber(describerOptions(llmConfig(options)));
  try {
    const evaluation = await evaluateRecognition(describer, split, (done, total) => {
      if (process.stderr.isTTY) process.stderr.write(`\r${String(done)} of ${String(total)} pairs`);
    });
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
    if (options.json)
      process.stdout.write(`${JSON.stringify({ dataset: options.dataset, root: options.root, ...evaluation }, undefined, 2)}\n`);
    else for (const [name, metrics] of Object.entries(evaluation.recognisers)) process.stdout.write(table(name, metrics));
  } finally {
    await describer.close();
  }
}

/** Flow of the coded onsets and apexes. The baselines are fitted leaving subjects out. */
async function codedSplit(name: string, root: string, limit: number): Promise<InstructSplit> {
  const dataset = await loadDataset(name, root);
  const { pairs, troubles } = await codedPairs(dataset, limit, (done, total) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${String(done)} of ${String(total)} flows`);
  });
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  for (const note of dataset.notes) process.stderr.write(`note: ${note}\n`);
  for (const trouble of troubles) process.stderr.write(`${trouble}\n`);
  if (pairs.length === 0)
    throw new CliError(
      `${root}: no coded micro-expression with onset and apex could be measured` +
        (troubles[0] === undefined ? "; this set's table has no apex" : ''),
    );
  return { test: pairs, train: [] };
}

function table(name: string, metrics: RecognitionMetrics): string {
  const cell = (value: number | null): string => (value === null ? '-' : value.toFixed(3)).padStart(10);
  return [
    `${name}: ${String(metrics.pairs)} pairs; macro AU-F1 ${cell(metrics.auMacroF1).trim()}, UF1 ${cell(metrics.uf1).trim()}, ` +
      `UAR ${cell(metrics.uar).trim()}, null recall ${cell(metrics.nullRecall).trim()}`,
    `${'unit'.padEnd(8)}${['precision', 'recall', 'F1', 'shown'].map((head) => head.padStart(10)).join('')}`,
    ...Object.entries(metrics.aus).map(
      ([au, { precision, recall, f1, shown }]) =>
        `${au.padEnd(8)}${cell(precision)}${cell(recall)}${cell(f1)}${String(shown).padStart(10)}`,
    ),
    'confusion (rows: true negative, positive, surprise; columns: said negative, positive, surprise, other, none)',
    ...metrics.confusion.map((row) => row.map((n) => String(n).padStart(8)).join('')),
    '',
  ].join('\n');
}
