import { dashboard, lines, of, quantile, rate, stat } from './panels.js';

export default dashboard(
  'mellm-overview',
  'mellm-live: is it well?',
  'The first look: does it answer, is there room, do alerts come in time, does anything get lost.',
  [
    stat('Servers up', 'sum(up{job="mellm-live",instance=~"$instance"})', {
      thresholds: [
        [null, 'red'],
        [1, 'green'],
      ],
    }),
    stat('Alarms firing', 'count(ALERTS{alertstate="firing",alertname=~"Mellm.*",instance=~"$instance"}) or vector(0)', {
      thresholds: [
        [null, 'green'],
        [1, 'red'],
      ],
      description: 'What to do: docs/runbook.md.',
    }),
    stat('Live sessions', `sum(${of('mellm_sessions_active')})`),
    stat('Places taken', `max(${of('instance:mellm_sessions_used:ratio')})`, {
      unit: 'percentunit',
      min: 0,
      max: 1,
      thresholds: [
        [null, 'green'],
        [0.8, 'orange'],
        [1, 'red'],
      ],
    }),
    stat('Faces tracked', `sum(${of('mellm_faces_tracked')})`),
    stat('Viewers', `sum(${of('mellm_ws_clients')})`),
    lines(
      'Alert latency: apex frame received to alert sent',
      {
        p50: quantile(0.5, 'mellm_alert_latency_seconds'),
        p95: quantile(0.95, 'mellm_alert_latency_seconds'),
      },
      {
        unit: 's',
        thresholds: [
          [null, 'transparent'],
          [1, 'red'],
        ],
      },
    ),
    lines(
      'Frames a second',
      {
        received: `sum(${rate('mellm_frames_received_total')})`,
        decoded: `sum(${rate('mellm_frames_decoded_total')})`,
        analysed: `sum(${rate('mellm_stage_duration_seconds_count', 'stage="track"')})`,
        dropped: `sum(${rate('mellm_frames_dropped_total')})`,
      },
      { description: 'Analysed should match decoded; the difference is frames dropped because the analysis is behind.' },
    ),
    lines(
      'Sessions that ended, by how',
      { '{{result}}': `sum by (result) (increase(${of('mellm_sessions_total')}[$__rate_interval]))` },
      { stack: true },
    ),
    lines('Annotations a minute', { '{{kind}}': `60 * sum by (kind) (${rate('mellm_annotations_total')})` }),
    lines('Stage time, 95th percentile', { '{{stage}}': quantile(0.95, 'mellm_stage_duration_seconds', 'stage') }, { unit: 's' }),
    lines(
      'Event loop lag, 99th percentile',
      { '{{instance}}': of('mellm_event_loop_lag_seconds') },
      {
        unit: 's',
        thresholds: [
          [null, 'transparent'],
          [0.2, 'red'],
        ],
      },
    ),
    lines('CPU cores', {
      '{{instance}}': `sum by (instance) (${rate('process_cpu_seconds_total')} or ${rate('mellm_media_cpu_seconds_total')})`,
    }),
    lines(
      'Resident memory',
      { '{{instance}}': `sum by (instance) (${of('process_resident_memory_bytes')} or ${of('mellm_media_resident_memory_bytes')})` },
      { unit: 'bytes' },
    ),
  ],
);
