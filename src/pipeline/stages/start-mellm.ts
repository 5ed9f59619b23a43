import type { Config } from '../../config/mod.js';
import { describerOptions, LlmError, startDescriber, type Describer } from '../../llm/mod.js';
import type { Logger, Metrics } from '../../telemetry/mod.js';

/** Starts MELLM: the configured endpoint, and the embedded model. Without either, annotations close with `incomplete: ["mellm"]`. */
export async function startMellm(config: Config, metrics: Metrics, log: Logger): Promise<Describer | undefined> {
  if (!config.flow.enabled) return undefined;
  try {
    const describer = await startDescriber({
      ...describerOptions(config),
      hangTimeout: config.server.hang_ms,
      onRequest: (source, result) => {
        metrics.llmRequests.inc({ source, result });
      },
      onFirstToken: (_source, ms) => {
        metrics.llmFirstToken.observe(ms / 1000);
      },
      onTokens: (source, count) => {
        metrics.llmTokens.inc({ source }, count);
      },
      onEndpoint: (endpoint, up) => {
        metrics.llmEndpointUp.set({ endpoint }, up ? 1 : 0);
      },
      onProblem: (message, error) => {
        log.warn({ err: error }, message);
      },
      onCrash: (error) => {
        metrics.workerRestarts.inc({ worker: 'mellm' });
        log.error({ err: error }, 'language model thread crashed; restarting it');
      },
    });
    metrics.llmSources(describer.sources);
    return describer;
  } catch (error) {
    if (!(error instanceof LlmError && error.code === 'llm_model_missing')) throw error;
    log.warn('no language model: annotations carry motion only');
    return undefined;
  }
}
