import { Command, CommanderError } from 'commander';
import { ConfigError, packageVersion, withoutCredentials } from '../config/mod.js';
import { endProcess } from '../runtime/threads/mod.js';
import { CliError } from './cli-error.js';
import { watchStandardStreams } from './stdout-output.js';

/**
 * Commands in the order of `--help`. One that is named is loaded alone: a server needs nothing of the others. What measures lives in lab/
 * and is loaded for its own commands only.
 */
const COMMANDS: Readonly<Record<string, Loader>> = {
  serve: { load: () => import('./serve.js') },
  analyze: { load: () => import('./analyze.js') },
  flow: { load: () => import('./flow.js') },
  describe: { load: () => import('./describe.js') },
  agreement: { load: () => import('./agreement/agreement.js') },
  'training-set': { load: () => import('./training-set/training-set.js') },
  calibrate: { load: () => import('./calibrate/calibrate.js') },
  eval: { load: () => import('../../lab/commands/eval.js'), lab: "the field's metrics on the field's data sets" },
  bench: { load: () => import('../../lab/commands/bench.js'), lab: "the project's own benchmarks" },
  doctor: { load: () => import('./doctor.js') },
};

interface Loader {
  readonly load: () => Promise<{ register: (program: Command) => void }>;
  /** Description of a command in lab/, shown without loading it. */
  readonly lab?: string;
}

/** Runs the command line. Exit 0 fine, 1 failed work, 2 wrong usage; an error is one line on stderr, its stack with `--debug`. */
export async function main(argv: readonly string[]): Promise<void> {
  const version = packageVersion();
  const program = new Command('mellm-live')
    .description('Finds facial micro-expressions in live cameras and recorded files.')
    .version(version)
    .option('--debug', 'show stacks of errors')
    .configureOutput({
      outputError: (text, write) => {
        write(
          `${text
            .trim()
            .replace(/^error: /, 'mellm-live: ')
            .replaceAll(/\s*\n\s*/g, ' ')}; see --help\n`,
        );
      },
    })
    .exitOverride();
  const named = Object.keys(COMMANDS).filter((name) => argv.includes(name));
  for (const [name, { load, lab }] of Object.entries(COMMANDS)) {
    if (named.includes(name) || (named.length === 0 && lab === undefined)) (await load()).register(program);
    else if (named.length === 0 && lab !== undefined) program.command(name).description(lab);
  }
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
    process.stderr.write(
      withoutCredentials(
        `mellm-live: ${argv.includes('--debug') ? (failed.stack ?? failed.message) : failed.message.replaceAll(/\s*\n\s*/g, ' ')}\n`,
      ),
    );
    process.exitCode = failed instanceof CliError ? failed.exitCode : failed instanceof ConfigError ? 2 : 1;
    // Worker threads of a half-started command must not keep the process.
    setTimeout(() => {
      endProcess(Number(process.exitCode));
    }, 200).unref();
  }
}
