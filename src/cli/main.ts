import { Command, CommanderError } from 'commander';
import { ConfigError, packageVersion, withoutCredentials } from '../config/mod.js';
import * as analyze from './analyze.js';
import { endProcess } from '../runtime/threads/mod.js';
import { CliError } from './cli-error.js';
import * as describe from './describe.js';
import * as doctor from './doctor.js';
import * as flow from './flow.js';
import * as serve from './serve.js';
import { watchStandardStreams } from './stdout-output.js';

/** What measures lives in lab/ and is loaded for its own commands only. */
const LAB_COMMANDS = {
  eval: { description: 'the field\'s metrics on the field\'s data sets', load: () => import('../../lab/commands/eval.js') },
  bench: { description: 'the project\'s own benchmarks', load: () => import('../../lab/commands/bench.js') },
};

/** Runs the command line. Exit 0 fine, 1 failed work, 2 wrong usage; an error is one line on stderr, its stack with `--debug`. */
export async function main(argv: readonly string[]): Promise<void> {
  const version = packageVersion();
  const program = new Command('mellm-live')
    .description('Finds facial micro-expressions in live cameras and recorded files.')
    .version(version)
    .option('--debug', 'show stacks of errors')
    .configureOutput({ outputError: (text, write) => { write(`${text.trim().replace(/^error: /, 'mellm-live: ').replaceAll(/\s*\n\s*/g, ' ')}; --help shows what there is\n`); } })
    .exitOverride();
  for (const command of [serve, analyze, flow, describe]) command.register(program);
  for (const [name, { description, load }] of Object.entries(LAB_COMMANDS)) {
    if (argv.includes(name)) (await load()).register(program);
    else program.command(name).description(description);
  }
  doctor.register(program);
  for (const command of program.commands) command.exitOverride().option('--debug', 'show stacks of errors');
  watchStandardStreams(endProcess);
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2;
      return;
    }
    const failed = error instanceof Error ? error : new Error(String(error));
    process.stderr.write(withoutCredentials(`mellm-live: ${argv.includes('--debug') ? failed.stack ?? failed.message : failed.message.replaceAll(/\s*\n\s*/g, ' ')}\n`));
    process.exitCode = failed instanceof CliError ? failed.exitCode : failed instanceof ConfigError ? 2 : 1;
    // Worker threads of a half-started command must not keep the process.
    setTimeout(() => { endProcess(Number(process.exitCode)); }, 200).unref();
  }
}
