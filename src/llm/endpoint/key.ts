import { readFileSync, statSync } from 'node:fs';
import { LlmError } from '../llm-error.js';

/**
 * The key for an endpoint: from a file, else from the environment (`MELLM_LLM_KEY`); it is never taken from the command line, where
 * every user of the machine could read it.
 *
 * @throws LlmError `llm_setting` where the file can't be read or is empty.
 */
export function readKey(file: string | undefined, env: { readonly MELLM_LLM_KEY?: string | undefined } = process.env): string | undefined {
  if (file === undefined) return usable(env.MELLM_LLM_KEY, 'the environment variable MELLM_LLM_KEY');
  let text: string;
  try {
    if (statSync(file).size > 65_536) throw new Error('it is larger than a key can be');
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new LlmError('llm_setting', `the key file ${file} can't be read (${(cause as Error).message}); check llm.key_file`, { cause });
  }
  const key = usable(text, file);
  if (key === undefined) throw new LlmError('llm_setting', `the key file ${file} is empty; put the key on its first line`);
  return key;
}

function usable(text: string | undefined, from: string): string | undefined {
  const key = text?.split('\n')[0]?.trim() ?? '';
  if (key === '') return undefined;
  if (!/^[\x21-\x7e]+$/.test(key)) throw new LlmError('llm_setting', `${from} holds no key: it has blanks or characters that a header can't carry`);
  return key;
}
