import { look } from './open-inference.js';
import { targetOf } from './served-flow.js';
import type { FlowServerOptions } from './server-options.js';

/**
 * What `doctor` tells of a flow server, in words; nothing is computed.
 *
 * @throws {FlowServerError} where it can't be used.
 */
export async function checkFlowServer(options: FlowServerOptions): Promise<string> {
  const target = targetOf(options);
  const { binary, server, sha256 } = await look(target);
  return `${new URL(target.url).host} (${server}) has ${target.model}${sha256 === undefined ? '' : ` sha256 ${sha256}`}; tensors go as ${binary ? 'bytes' : 'JSON, which is slow'}`;
}
