import { Option, type Command } from 'commander';
import { loadConfig, type Config } from '../config/mod.js';

/** The flags of {@link addLlmOptions}, as commander names them. */
export interface LlmFlags {
  readonly llm?: string;
  readonly llmModel?: string;
  readonly llmDialect?: string;
  readonly llmPrompt?: string;
  readonly llmKeyFile?: string;
  readonly emotion: boolean;
  readonly config?: string;
}

/** The flags that say which language model answers, and how it is asked; the same for every command that asks one. */
export function addLlmOptions(command: Command): Command {
  return command
    .option(
      '--llm <url>',
      'base URL of an OpenAI-compatible server, e.g. http://localhost:8000/v1, several by commas; without it the embedded model answers',
    )
    .option('--llm-model <name>', 'the model as that server knows it')
    .addOption(
      new Option('--llm-dialect <dialect>', 'prompt dialect: mellm, or paper (the published prompt, flaws included)').choices([
        'mellm',
        'paper',
      ]),
    )
    .addOption(
      new Option(
        '--llm-prompt <kind>',
        'what is sent: regions (their measurements) or motion-map (one picture, for a vision model)',
      ).choices(['regions', 'motion-map']),
    )
    .option('--llm-key-file <file>', "file that holds the server's key; else the environment variable MELLM_LLM_KEY")
    .option('--no-emotion', 'motion and action units only; no category is inferred');
}

/** What the flags set in the section `llm` of the configuration. */
export function llmOverrides(flags: LlmFlags): { readonly [K in keyof Config['llm']]?: unknown } {
  return {
    url: flags.llm,
    model: flags.llmModel,
    dialect: flags.llmDialect,
    prompt: flags.llmPrompt,
    key_file: flags.llmKeyFile,
    emotion: flags.emotion ? undefined : false,
  };
}

/** Settings from file, environment and these flags. */
export function llmConfig(flags: LlmFlags): Config {
  return loadConfig({
    ...(flags.config === undefined ? {} : { file: flags.config }),
    env: process.env,
    overrides: { llm: llmOverrides(flags) },
  });
}
