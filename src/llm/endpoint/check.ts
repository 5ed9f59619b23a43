import { agentFor, proxied } from '../../common/proxy-agent.js';
import { request } from '../../runtime/model-server/request.js';
import { readKey } from './key.js';
import { SETTINGS } from './post.js';

/** Milliseconds that a server may take to list its models. */
const TIMEOUT_MS = 5000;

/**
 * What `doctor` tells of a server, in words; nothing is asked of a model.
 *
 * @throws ModelServerFault or LlmError where it can't be used.
 */
export async function checkEndpoint(base: string, keyFile: string | undefined): Promise<string> {
  const url = new URL(`${base.replace(/\/(?:chat\/completions\/?)?$/, '')}/models`);
  const agent = agentFor(url, { maxSockets: 1 });
  try {
    const response = await request(url, {
      method: 'GET',
      key: readKey(keyFile),
      agent,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      connectTimeout: TIMEOUT_MS,
      settings: SETTINGS,
    });
    response.destroy();
    return `${url.host}${proxied(url)} answered ${String(response.statusCode)}`;
  } finally {
    agent.destroy();
  }
}
