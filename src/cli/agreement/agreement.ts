import type { Command } from 'commander';
import { compareCoders, timeSaved } from '../../events/agreement/mod.js';
import type { Coder } from '../../events/coding/mod.js';
import { CliError } from '../cli-error.js';
import { numberOption } from '../number-option.js';
import { readCoders } from './read-coders.js';
import { report, type Pair } from './report.js';

interface Options {
  readonly duration?: string;
  readonly recall?: string;
  readonly context?: string;
  readonly json?: boolean;
}

const DEFAULT_RECALL = 0.8;
const DEFAULT_CONTEXT_S = 1;

export function register(program: Command): void {
  program
    .command('agreement')
    .description('how far coders, or a coder and the machine, agree: F1 and Cohen’s kappa of windows and action units')
    .argument(
      '<coding...>',
      'codings of two or more coders: tables of `analyze`, ELAN documents, exports of BORIS or of a reviewed session, or folders of these; ' +
        'NAME=FILE names the coder',
    )
    .option('--duration <seconds>', 'seconds that were coded of each recording; default: up to its last window')
    .option(
      '--recall <share>',
      `time saved is reported for this share of a coder’s windows, with --duration (default ${String(DEFAULT_RECALL)})`,
    )
    .option('--context <seconds>', `seconds shown around each window of the machine (default ${String(DEFAULT_CONTEXT_S)})`)
    .option('--json', 'print one JSON object')
    .action(agreement);
}

async function agreement(inputs: readonly string[], options: Options): Promise<void> {
  const duration = numberOption('--duration', options.duration, 0);
  const recall = numberOption('--recall', options.recall, 0) ?? DEFAULT_RECALL;
  const context = numberOption('--context', options.context, 0) ?? DEFAULT_CONTEXT_S;
  const coders = await readCoders(inputs);
  if (coders.length < 2) throw new CliError('agreement needs the codings of two or more coders', { exitCode: 2 });
  const pairs = coders.flatMap((first, i) =>
    coders.slice(i + 1).map((second): Pair => ({
      first: first.name,
      second: second.name,
      agreement: compareCoders(first.windows, second.windows, duration),
      ...(duration === undefined ? {} : savedIn(first, second, { recall, duration, context })),
    })),
  );
  process.stdout.write(options.json ? `${JSON.stringify({ pairs }, undefined, 2)}\n` : pairs.map(report).join('\n'));
}

/** Time saved, where exactly one of the two is a program: all its windows have scores. */
function savedIn(first: Coder, second: Coder, options: Parameters<typeof timeSaved>[2]): Pick<Pair, 'saved'> {
  const [program, coder] = isProgram(first) ? [first, second] : [second, first];
  if (!isProgram(program) || isProgram(coder) || coder.windows.length === 0) return {};
  return { saved: { asked: options.recall, reached: timeSaved(coder.windows, program.windows, options) ?? null } };
}

function isProgram({ windows }: Coder): boolean {
  return windows.length > 0 && windows.every(({ score }) => score !== undefined);
}
