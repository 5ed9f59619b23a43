import { dashboard, heatmap, lines, of, quantile, rate, stat } from './panels.js';

const mean = (metric) => `sum(${rate(`${metric}_sum`)}) / sum(${rate(`${metric}_count`)})`;

export default dashboard(
  'mellm-models',
  'mellm-live: the models',
  'MEFlowNet: batches, device, time. MELLM: who answers, how fast, how much.',
  [
    stat('Flow batches a minute', `60 * sum(${rate('mellm_flow_inference_seconds_count')})`, {
      description:
        'Batches that MEFlowNet computed per minute, all servers together. 0 while annotations close: flow fails, see MellmFlowSilent in docs/runbook.md.',
    }),
    stat('Pairs in a batch, mean', mean('mellm_flow_batch_size'), {
      description: 'Onset-apex pairs per batch. 1 is normal with few sessions; more only when several alerts come at once.',
    }),
    stat('Time of a batch, mean', mean('mellm_flow_inference_seconds'), {
      description:
        'Seconds that MEFlowNet computes per batch, without the wait. A sudden rise: the GPU is not used any more, or the machine is busy.',
      unit: 's',
    }),
    stat('MELLM answers that failed', `max(${of('instance:mellm_llm_failed:ratio_rate10m')})`, {
      description:
        'Share of the requests that failed or fell back to another model, over ten minutes, on the worst server. Above 20 % check the endpoint (MellmLlmFails in docs/runbook.md).',
      unit: 'percentunit',
      min: 0,
      thresholds: [
        [null, 'green'],
        [0.05, 'orange'],
        [0.2, 'red'],
      ],
    }),
    stat('First token, median', quantile(0.5, 'mellm_llm_time_to_first_token_seconds'), {
      description:
        'Seconds from a request to MELLM to its first token, in half of the cases. Above 8 s the endpoint needs a GPU, a smaller model or less other work.',
      unit: 's',
    }),
    stat('Tokens a second', `sum(${rate('mellm_llm_tokens_total')})`, {
      description: 'Tokens that all sources of MELLM generate per second. 0 is normal without alerts.',
    }),
    heatmap('Pairs in a batch', 'mellm_flow_batch_size', {
      description: 'Number of batches by the pairs they hold. Larger batches use a GPU better; on a CPU they bring nothing.',
    }),
    lines(
      'Time of a flow batch, by device',
      {
        'p50 {{device}}': quantile(0.5, 'mellm_flow_inference_seconds', 'device'),
        'p95 {{device}}': quantile(0.95, 'mellm_flow_inference_seconds', 'device'),
      },
      {
        description:
          'Seconds that MEFlowNet computes per batch. A server set to cuda that shows cpu has fallen back; its log gives the reason.',
        unit: 's',
      },
    ),
    lines(
      "Flow: a pair's wait for its batch",
      { p50: quantile(0.5, 'mellm_flow_queue_wait_seconds'), p95: quantile(0.95, 'mellm_flow_queue_wait_seconds') },
      {
        description:
          'Seconds that an onset-apex pair waits before MEFlowNet takes it. Some tens of milliseconds are normal; above 1 s the model is overloaded (MellmFlowQueue in docs/runbook.md).',
        unit: 's',
      },
    ),
    lines(
      'Flow, queue and report included',
      {
        p50: quantile(0.5, 'mellm_stage_duration_seconds', '', 'stage="flow"'),
        p95: quantile(0.95, 'mellm_stage_duration_seconds', '', 'stage="flow"'),
      },
      {
        description: "Seconds from a pair's request to its flow report. Alerts are not delayed by it, but their motion and text are.",
        unit: 's',
      },
    ),
    lines(
      'MELLM requests a minute',
      { '{{source}} {{result}}': `60 * sum by (source, result) (${rate('mellm_llm_requests_total')})` },
      {
        description:
          'Requests to MELLM per minute, by source and result. fallback: the server failed, and another server or the embedded model answered.',
      },
    ),
    lines(
      'MELLM: time to the first token',
      { p50: quantile(0.5, 'mellm_llm_time_to_first_token_seconds'), p95: quantile(0.95, 'mellm_llm_time_to_first_token_seconds') },
      {
        description:
          'Seconds from a request to its first token. Above 8 s at p95 MellmLlmSlow fires: the endpoint needs a GPU, a smaller model or less other work.',
        unit: 's',
      },
    ),
    lines(
      'MELLM: whole answer',
      {
        p50: quantile(0.5, 'mellm_stage_duration_seconds', '', 'stage="mellm"'),
        p95: quantile(0.95, 'mellm_stage_duration_seconds', '', 'stage="mellm"'),
      },
      {
        description: 'Seconds from a request to its last token. After 20 s an annotation closes without text.',
        unit: 's',
        thresholds: [
          [null, 'transparent'],
          [20, 'red'],
        ],
      },
    ),
    lines(
      'Tokens a second, by source',
      { '{{source}}': `sum by (source) (${rate('mellm_llm_tokens_total')})` },
      { description: 'Tokens per second that each source of MELLM generates. It shows who answers: your servers or the embedded model.' },
    ),
    lines(
      'Flow: batches meant for a server, a minute',
      { '{{result}}': `60 * sum by (result) (${rate('mellm_flow_server_batches_total')})` },
      {
        description:
          'Batches for flow.server per minute; empty without one. fallback: the server failed, and the local model computed the batch; failed: nobody did.',
      },
    ),
    lines(
      'MELLM: servers asked',
      { '{{endpoint}}': `min by (endpoint) (${of('mellm_llm_endpoint_up')})` },
      { description: '1: in use; 0: excluded by at least one process after failures. Empty with the embedded model only.', min: 0, max: 1 },
    ),
  ],
);
