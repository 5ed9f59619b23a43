import { accessKey } from '../../runtime/model-server/access-key.js';
import { LlmError } from '../llm-error.js';

/**
 * The key for an endpoint: from a file, else from the environment (`MELLM_LLM_KEY`).
 *
 * @throws LlmError `llm_setting` where the file can't be read or is empty.
 */
export function readKey(file: string | undefined, env: { readonly MELLM_LLM_KEY?: string | undefined } = process.env): string | undefined {
  try {
    return accessKey({ file, setting: 'llm.key_file', variable: 'MELLM_LLM_KEY', value: env.MELLM_LLM_KEY });
  } catch (cause) {
    throw new LlmError('llm_setting', (cause as Error).message, { cause });
  }
}
