import type { Config } from '../../config/mod.js';
import { FlowError, FlowEstimator } from '../../flow/mod.js';
import type { Logger, Metrics } from '../../telemetry/mod.js';

/** Loads and warms MEFlowNet on the configured device. Without its weights, annotations close with `incomplete: ["flow"]`. */
export async function startFlow({ flow, server, bus }: Config, metrics: Metrics, log: Logger): Promise<FlowEstimator | undefined> {
  if (!flow.enabled) return undefined;
  if (flow.server !== undefined) metrics.flowServer();
  try {
    const estimator = await FlowEstimator.start({
      // Jobs from the NATS queue were batched there already.
      maxWait: bus.url === undefined ? flow.max_wait_ms : 1,
      ...(flow.server === undefined
        ? {}
        : {
            server: {
              url: flow.server,
              model: flow.server_model,
              version: flow.server_version,
              keyFile: flow.server_key_file,
              timeout: flow.server_timeout_ms,
              fallback: flow.server_fallback,
            },
          }),
      device: flow.device,
      maxBatch: flow.max_batch,
      hangTimeout: server.hang_ms,
      hooks: {
        batch: (pairs) => {
          metrics.flowBatchSize.observe(pairs);
        },
        queueWait: (ms) => {
          metrics.flowQueueWait.observe(ms / 1000);
        },
        inference: (ms, device) => {
          metrics.flowInference.observe({ device }, ms / 1000);
        },
        dropped: (reason) => {
          metrics.flowDropped.inc({ reason });
        },
        serverUp: (up) => {
          metrics.flowServerUp.set(up ? 1 : 0);
        },
        serverRequest: (result) => {
          metrics.flowServerBatches.inc({ result });
        },
      },
      onNotice: (message) => {
        log.warn(message);
      },
      onCrash: (worker) => {
        metrics.workerRestarts.inc({ worker });
      },
    });
    for (const device of estimator.info.devices) metrics.flowInference.zero({ device });
    return estimator;
  } catch (error) {
    if (!(error instanceof FlowError && error.code === 'flow_model_missing')) throw error;
    log.warn(error.message);
    return undefined;
  }
}
