import { dashboard, lines, of, quantile, rate, stat } from './panels.js';

export default dashboard(
  'mellm-overview',
  'mellm-live: is it well?',
  'The first look: does it answer, is there room, do alerts come in time, does anything get lost.',
  [
    stat('Servers up', 'sum(up{job="mellm-live",instance=~"$instance"})', {
      description:
        'Servers whose metrics Prometheus can read now. Fewer than you run: one is down or unreachable, see MellmDown in docs/runbook.md.',
      thresholds: [
        [null, 'red'],
        [1, 'green'],
      ],
    }),
    stat('Alarms firing', 'count(ALERTS{alertstate="firing",alertname=~"Mellm.*",instance=~"$instance"}) or vector(0)', {
      description: 'Alarms of mellm-live that fire now; 0 is normal. What to do about each: docs/runbook.md.',
      thresholds: [
        [null, 'green'],
        [1, 'red'],
      ],
    }),
    stat('Live sessions', `sum(${of('mellm_sessions_active')})`, {
      description: 'Publishers being analysed now, all servers together. server.max_sessions bounds them.',
    }),
    stat('Places taken', `max(${of('instance:mellm_sessions_used:ratio')})`, {
      description: 'Live sessions over server.max_sessions, now, on the fullest server. At 100 % new publishers get 503.',
      unit: 'percentunit',
      min: 0,
      max: 1,
      thresholds: [
        [null, 'green'],
        [0.8, 'orange'],
        [1, 'red'],
      ],
    }),
    stat('Faces tracked', `sum(${of('mellm_faces_tracked')})`, {
      description:
        'Faces in view now, all sessions together. 0 with live sessions: an empty chair, a covered lens or a camera turned away.',
    }),
    stat('Viewers', `sum(${of('mellm_ws_clients')})`, {
      description: 'WebSocket connections that receive events now, pages and programs. limits.viewers bounds them.',
    }),
    lines(
      'Alert latency: apex frame received to alert sent',
      {
        p50: quantile(0.5, 'mellm_alert_latency_seconds'),
        p95: quantile(0.95, 'mellm_alert_latency_seconds'),
      },
      {
        description:
          "Seconds from the arrival of an alert's apex frame to the alert. Above 1 s at p95 alerts are late: check frames dropped and event loop lag.",
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
      {
        description:
          'Video frames per second, all sessions together. Analysed should match decoded; the difference is frames dropped because the analysis is behind.',
      },
    ),
    lines(
      'Sessions that ended, by how',
      { '{{result}}': `sum by (result) (increase(${of('mellm_sessions_total')}[$__rate_interval]))` },
      {
        description:
          'Sessions that ended or were refused, by result. ended, replaced, shutdown and deleted are normal; for the others see docs/runbook.md.',
        stack: true,
      },
    ),
    lines(
      'Annotations a minute',
      { '{{kind}}': `60 * sum by (kind) (${rate('mellm_annotations_total')})` },
      {
        description:
          'Closed annotations per minute, all sessions together. None for long with faces in view: the dashboard *what is it seeing?* shows whether they can be read.',
      },
    ),
    lines(
      'Stage time, 95th percentile',
      { '{{stage}}': quantile(0.95, 'mellm_stage_duration_seconds', 'stage') },
      {
        description:
          'Seconds that a stage takes for one frame (decode, track, align, spot), one alert (flow, mellm) or one event (publish), in all but one case of twenty. A rising line is the stage that gets slow.',
        unit: 's',
      },
    ),
    lines(
      'Event loop lag, 99th percentile',
      { '{{instance}}': of('mellm_event_loop_lag_seconds') },
      {
        description:
          'Seconds for which the main thread blocks, over the last 10 to 20 seconds. Above 0.2 s viewers stutter and sockets wait.',
        unit: 's',
        thresholds: [
          [null, 'transparent'],
          [0.2, 'red'],
        ],
      },
    ),
    lines(
      'CPU cores',
      {
        '{{instance}}': `sum by (instance) (${rate('process_cpu_seconds_total')} or ${rate('mellm_media_cpu_seconds_total')})`,
      },
      {
        description:
          "Cores in use per server, main and media processes together. Near the number of the machine's cores, frames may be dropped.",
      },
    ),
    lines(
      'Resident memory',
      { '{{instance}}': `sum by (instance) (${of('process_resident_memory_bytes')} or ${of('mellm_media_resident_memory_bytes')})` },
      {
        description:
          'Bytes of memory per server now, main and media processes together. It should stay level for a constant number of sessions.',
        unit: 'bytes',
      },
    ),
  ],
);
