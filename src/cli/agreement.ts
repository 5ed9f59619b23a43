import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { CodingError, compareCoders, readCodedWindows, type Agreement } from '../events/agreement/mod.js';
import { CliError } from './cli-error.js';
import { numberOption } from './number-option.js';

interface Options {
  readonly duration?: string;
  readonly json?: boolean;
}

interface Pair {
  readonly first: string;
  readonly second: string;
  readonly agreement: Agreement;
}

export function register(program: Command): void {
  program
    .command('agreement')
    .description('how far coders, or a coder and the machine, agree: F1 and Cohen’s kappa of windows and action units')
    .argument('<table...>', 'two or more CSV files, one a coder: as `analyze` writes them, or aggregated events of BORIS')
    .option('--duration <seconds>', 'seconds that were coded of each recording; default: up to its last window')
    .option('--json', 'print one JSON object')
    .action(agreement);
}

async function agreement(tables: readonly string[], options: Options): Promise<void> {
  if (tables.length < 2) throw new CliError('agreement needs the tables of two or more coders', { exitCode: 2 });
  const duration = numberOption('--duration', options.duration, 0);
  const coders = await Promise.all(tables.map(readTable));
  const pairs = coders.flatMap((first, i) =>
    coders.slice(i + 1).map((second): Pair => ({
      first: first.name,
      second: second.name,
      agreement: compareCoders(first.windows, second.windows, duration),
    })),
  );
  process.stdout.write(options.json ? `${JSON.stringify({ pairs }, undefined, 2)}\n` : pairs.map(report).join('\n'));
}

async function readTable(path: string) {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new CliError(`cannot read ${path} (${(cause as NodeJS.ErrnoException).code ?? 'unknown'})`, { cause });
  });
  try {
    return { name: path, windows: readCodedWindows(text, path) };
  } catch (error) {
    throw error instanceof CodingError ? new CliError(error.message) : error;
  }
}

function report({ first, second, agreement: { windows, f1, kappaOfTime, kappaOfKinds, kappaOfUnits, units } }: Pair): string {
  const lines = [
    `${first} and ${second}`,
    `  windows        ${String(windows.first)} and ${String(windows.second)}, ${String(windows.both)} in both (IoU >= 0.5); F1 ${said(f1)}`,
    `  kappa          ${said(kappaOfTime)} over time, ${said(kappaOfKinds)} kinds of common windows, ${said(kappaOfUnits)} action units`,
    ...Object.entries(units).map(
      ([name, { both, first: one, second: other, kappa }]) =>
        `  AU ${name.padEnd(12)}both ${String(both)}, first only ${String(one)}, second only ${String(other)}; kappa ${said(kappa)}`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

/** There may be nothing to agree on. */
function said(value: number): string {
  return Number.isFinite(value) ? value.toFixed(2) : '-';
}
