import { dashboard, heatmap, lines, of, quantile, rate, stat } from './panels.js';

const mean = (metric) => `sum(${rate(`${metric}_sum`)}) / sum(${rate(`${metric}_count`)})`;

export default dashboard(
  'mellm-models',
  'mellm-live: the models',
  'MEFlowNet: batches, device, time. MELLM: who answers, how fast, how much.',
  [
    stat('Flow batches a minute', `60 * sum(${rate('mellm_flow_inference_seconds_count')})`),
    stat('Pairs in a batch, mean', mean('mellm_flow_batch_size')),
    stat('Time of a batch, mean', mean('mellm_flow_inference_seconds'), { unit: 's' }),
    stat('MELLM answers that failed', `max(${of('instance:mellm_llm_failed:ratio_rate10m')})`, {
      unit: 'percentunit',
      min: 0,
      thresholds: [
        [null, 'green'],
        [0.05, 'orange'],
        [0.2, 'red'],
      ],
    }),
    stat('First token, median', quantile(0.5, 'mellm_llm_time_to_first_token_seconds'), { unit: 's' }),
    stat('Tokens a second', `sum(${rate('mellm_llm_tokens_total')})`),
    heatmap('Pairs in a batch', 'mellm_flow_batch_size'),
    lines(
      'Time of a flow batch, by device',
      {
        'p50 {{device}}': quantile(0.5, 'mellm_flow_inference_seconds', 'device'),
        'p95 {{device}}': quantile(0.95, 'mellm_flow_inference_seconds', 'device'),
      },
      { unit: 's', description: 'A server set to cuda that shows cpu has fallen back; its log gives the reason.' },
    ),
    lines(
      "Flow: a pair's wait for its batch",
      { p50: quantile(0.5, 'mellm_flow_queue_wait_seconds'), p95: quantile(0.95, 'mellm_flow_queue_wait_seconds') },
      { unit: 's' },
    ),
    lines(
      'Flow, queue and report included',
      {
        p50: quantile(0.5, 'mellm_stage_duration_seconds', '', 'stage="flow"'),
        p95: quantile(0.95, 'mellm_stage_duration_seconds', '', 'stage="flow"'),
      },
      { unit: 's' },
    ),
    lines(
      'MELLM requests a minute',
      { '{{source}} {{result}}': `60 * sum by (source, result) (${rate('mellm_llm_requests_total')})` },
      { description: 'fallback: the server failed, and another server or the embedded model answered.' },
    ),
    lines(
      'MELLM: time to the first token',
      { p50: quantile(0.5, 'mellm_llm_time_to_first_token_seconds'), p95: quantile(0.95, 'mellm_llm_time_to_first_token_seconds') },
      { unit: 's' },
    ),
    lines(
      'MELLM: whole answer',
      {
        p50: quantile(0.5, 'mellm_stage_duration_seconds', '', 'stage="mellm"'),
        p95: quantile(0.95, 'mellm_stage_duration_seconds', '', 'stage="mellm"'),
      },
      {
        unit: 's',
        thresholds: [
          [null, 'transparent'],
          [20, 'red'],
        ],
      },
    ),
    lines('Tokens a second, by source', { '{{source}}': `sum by (source) (${rate('mellm_llm_tokens_total')})` }),
    lines(
      'Flow: batches meant for a server, a minute',
      { '{{result}}': `60 * sum by (result) (${rate('mellm_flow_server_batches_total')})` },
      { description: 'fallback: the server failed, and the local model computed the batch. Empty without flow.server.' },
    ),
    lines(
      'MELLM: servers asked',
      { '{{endpoint}}': `min by (endpoint) (${of('mellm_llm_endpoint_up')})` },
      { min: 0, max: 1, description: '0: excluded by at least one process after failures. Empty with the embedded model only.' },
    ),
  ],
);
