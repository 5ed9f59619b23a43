import type { Command } from 'commander';
import { BENCHES, type BenchResult } from '../bench/mod.js';
import { CliError } from '../../src/cli/cli-error.js';

export function register(program: Command): void {
  program
    .command('bench')
    .description("the project's own benchmarks")
    .argument('[name...]', `which: ${BENCHES.map((bench) => bench.name).join(', ')}; default: all but the long ones`)
    .option('--minutes <n>', 'how long the long ones run', '20')
    .option('--nats <url>', 'bus: a nats-server that runs already, instead of one of its own')
    .option('--costs <file>', 'sizing: another file of costs than docs/scale-costs.json')
    .option('--sessions <n>', 'peer: sessions at a time', '1')
    .option('--json', 'one JSON object a line')
    .action(async (names: string[], options: { minutes: string; nats?: string; costs?: string; sessions: string; json?: boolean }) => {
      const minutes = Number(options.minutes);
      if (!(minutes > 0)) throw new CliError(`--minutes ${options.minutes}: expected a number above 0`, { exitCode: 2 });
      const sessions = Number(options.sessions);
      if (!Number.isInteger(sessions) || sessions < 1)
        throw new CliError(`--sessions ${options.sessions}: expected a whole number from 1 on`, { exitCode: 2 });
      const unknown = names.find((name) => !BENCHES.some((bench) => bench.name === name));
      if (unknown !== undefined)
        throw new CliError(`unknown benchmark "${unknown}"; available: ${BENCHES.map((bench) => bench.name).join(', ')}`, {
          exitCode: 2,
        });
      for (const bench of BENCHES.filter(({ name, long }) => (names.length > 0 ? names.includes(name) : !long))) {
        if (!options.json) process.stdout.write(`\n${bench.name}: ${bench.title}\n`);
        print(await bench.run({ minutes, nats: options.nats, costs: options.costs, sessions }), options.json ?? false);
      }
    });
}

function print(result: BenchResult, json: boolean): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return;
  }
  const width = Math.max(...Object.keys(result.results).map((name) => name.length));
  for (const [name, value] of Object.entries(result.results)) process.stdout.write(`  ${name.padEnd(width)}  ${String(value)}\n`);
}
