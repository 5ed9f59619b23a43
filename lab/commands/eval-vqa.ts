import type { Command } from 'commander';
import { CliError } from '../../src/cli/cli-error.js';
import { addLlmOptions, llmConfig, type LlmFlags } from '../../src/cli/llm-options.js';
import { countOption } from '../../src/cli/number-option.js';
import { describerOptions, startDescriber } from '../../src/llm/mod.js';
import { readInstructSplit } from '../evaluation/descriptions/instruct-split.js';
import { evaluateQuestions, type Scores } from '../evaluation/questions/evaluate-questions.js';

interface Options extends LlmFlags {
  dataset: string;
  root: string;
  json?: boolean;
  limit?: string;
}

/** `eval vqa --dataset meu-instruct --root DIR`: questions about an alert, after the ME-VQA task of MEGC 2025. */
export function register(evalCommand: Command): void {
  addLlmOptions(
    evalCommand.command('vqa').description('questions in words (UF1, UAR, BLEU, ROUGE-L) beside always giving the most frequent answer'),
  )
    .requiredOption('--dataset <name>', 'meu-instruct')
    .requiredOption('--root <dir>', 'its folder with test.jsonl (and train.jsonl for the frequent answers), or the JSONL file itself')
    .option('--limit <n>', 'at most so many pairs')
    .option('--config <file>', 'YAML file of settings')
    .option('--json', 'one JSON object')
    .action(run);
}

async function run(options: Options): Promise<void> {
  if (options.dataset.toLowerCase() !== 'meu-instruct')
    throw new CliError(`--dataset ${options.dataset}: questions are evaluated on meu-instruct`, { exitCode: 2 });
  const split = await readInstructSplit(options.root, countOption('--limit', options.limit) ?? Infinity);
  const describer = await startDescriber(describerOptions(llmConfig(options)));
  try {
    const evaluation = await evaluateQuestions(describer, split, (done, total) => {
      if (process.stderr.isTTY) process.stderr.write(`\r${String(done)} of ${String(total)} pairs`);
    });
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
    if (options.json) process.stdout.write(`${JSON.stringify({ dataset: options.dataset, ...evaluation }, undefined, 2)}\n`);
    else for (const [name, scores] of Object.entries(evaluation)) process.stdout.write(table(name, scores));
  } finally {
    await describer.close();
  }
}

function table(name: string, scores: Scores): string {
  const cell = (value: number | null): string => (value === null ? '-' : value.toFixed(3)).padStart(10);
  return [
    `${name.padEnd(10)}${['questions', 'exact', 'UF1', 'UAR', 'BLEU', 'ROUGE-L'].map((head) => head.padStart(10)).join('')}`,
    ...Object.entries(scores).map(
      ([form, { questions, exact, uf1, uar, bleu, rouge }]) =>
        `${form.padEnd(10)}${String(questions).padStart(10)}${[exact, uf1, uar, bleu, rouge].map(cell).join('')}`,
    ),
    '',
  ].join('\n');
}
