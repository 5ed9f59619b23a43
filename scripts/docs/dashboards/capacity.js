import { dashboard, lines, of, quantile, rate, stat } from './panels.js';

export default dashboard(
  'mellm-capacity',
  'mellm-live: what is full?',
  'Places, cores, threads, queues, memory: what gives out first when one more session comes. Sizing: docs/operate.md.',
  [
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
    stat('Places left', `sum(${of('mellm_sessions_limit')}) - sum(${of('mellm_sessions_active')})`),
    stat('Refused in the last hour', `sum(increase(${of('mellm_sessions_total', 'result="refused"')}[1h]))`, {
      thresholds: [
        [null, 'green'],
        [1, 'orange'],
      ],
    }),
    stat('Cores a session', `avg(${of('instance:mellm_cpu_cores_per_session:rate5m')})`, {
      description: 'About 0.25 at 640×480 and 30 fps with one face.',
    }),
    stat('Frames dropped because busy', `max(${of('instance:mellm_frames_busy:ratio_rate5m')})`, {
      unit: 'percentunit',
      thresholds: [
        [null, 'green'],
        [0.01, 'orange'],
        [0.05, 'red'],
      ],
    }),
    stat('Open files', `max(${of('process_open_fds')} / ${of('process_max_fds')})`, {
      unit: 'percentunit',
      thresholds: [
        [null, 'green'],
        [0.8, 'red'],
      ],
    }),
    lines('Sessions and places', { live: `sum(${of('mellm_sessions_active')})`, places: `sum(${of('mellm_sessions_limit')})` }),
    lines(
      'Seconds of work a second, by stage',
      { '{{stage}}': `sum by (stage) (${rate('mellm_stage_duration_seconds_sum')})` },
      { stack: true, description: 'A stage near the number of its threads is full: decode, track, align and spot share media.processes.' },
    ),
    lines('CPU cores used', {
      'main {{instance}}': rate('process_cpu_seconds_total'),
      '{{process}} {{instance}}': rate('mellm_media_cpu_seconds_total'),
    }),
    lines('Frames dropped because vision is behind, a second', {
      '{{instance}}': `sum by (instance) (${rate('mellm_frames_dropped_total', 'stage="track"')})`,
    }),
    lines(
      "Flow: a pair's wait for its batch",
      { p50: quantile(0.5, 'mellm_flow_queue_wait_seconds'), p95: quantile(0.95, 'mellm_flow_queue_wait_seconds') },
      { unit: 's' },
    ),
    lines(
      'Flow: pairs dropped a minute',
      { '{{reason}}': `60 * sum by (reason) (${rate('mellm_flow_dropped_total')})` },
      { description: 'expired: waited 10 s. overflow: 64 were waiting. cancelled, closed: no longer needed.' },
    ),
    lines('Media processes: cores used', { '{{instance}} {{process}}': rate('mellm_media_cpu_seconds_total') }),
    lines('Media processes: resident memory', { '{{instance}} {{process}}': of('mellm_media_resident_memory_bytes') }, { unit: 'bytes' }),
    lines('Event loop lag, 99th percentile', { '{{instance}}': of('mellm_event_loop_lag_seconds') }, { unit: 's' }),
    lines(
      'Resident memory and heap',
      {
        'main {{instance}}': of('process_resident_memory_bytes'),
        '{{process}} {{instance}}': of('mellm_media_resident_memory_bytes'),
        'heap {{instance}}': of('nodejs_heap_size_used_bytes'),
      },
      { unit: 'bytes' },
    ),
    lines(
      'Store: time of a commit',
      { p50: quantile(0.5, 'mellm_store_commit_seconds'), p95: quantile(0.95, 'mellm_store_commit_seconds') },
      { unit: 's' },
    ),
    lines('Store: size', { '{{instance}}': of('mellm_store_bytes') }, { unit: 'bytes' }),
    lines('Store: writes waiting and lost', {
      'waiting {{instance}}': of('mellm_store_waiting_writes'),
      'lost {{instance}}': of('mellm_store_lost_writes'),
    }),
    lines(
      'Store: sessions that are too old and not erased',
      { '{{instance}}': of('mellm_store_erasure_held') },
      { description: '1 while erasure is on hold after a clock jump (docs/keep.md).' },
    ),
    lines(
      'Refused or cut off by a limit, a minute',
      { '{{reason}}': `60 * sum by (reason) (${rate('mellm_refusals_total')})` },
      { stack: true, description: 'Limits: docs/settings.md. What to do: docs/runbook.md.' },
    ),
    lines(
      'Recordings in work',
      {
        '{{state}}': `sum by (state) (${of('mellm_recordings')})`,
        'over, an hour: {{result}}': `3600 * sum by (result) (${rate('mellm_recordings_total')})`,
      },
      { description: 'Uploaded recordings; one is analysed at a time (docs/uploads.md).' },
    ),
    lines(
      'Recordings: disk space promised',
      { '{{instance}}': of('mellm_recording_bytes') },
      { unit: 'bytes', description: 'Bounded by recordings.quota_bytes.' },
    ),
    lines(
      'Durable events left out, a minute',
      { '{{code}}': `60 * sum by (code) (${rate('mellm_events_suppressed_total')})` },
      { stack: true, description: 'Suppressed because one publisher caused too many.' },
    ),
    lines('Viewers and what slow ones miss', {
      viewers: `sum(${of('mellm_ws_clients')})`,
      'messages left out a second': `sum(${rate('mellm_ws_messages_dropped_total')})`,
    }),
    lines(
      'Webhook deliveries a minute',
      { '{{result}}': `60 * sum by (result) (${rate('mellm_webhook_deliveries_total')})` },
      { description: 'retried: a receiver fails; failed and dropped are lost (docs/webhooks.md).' },
    ),
    lines('Worker threads started again', {
      '{{worker}}': `sum by (worker) (increase(${of('mellm_worker_restarts_total')}[$__rate_interval]))`,
    }),
  ],
);
