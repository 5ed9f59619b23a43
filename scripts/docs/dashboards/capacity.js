import { dashboard, lines, of, quantile, rate, stat } from './panels.js';

export default dashboard(
  'mellm-capacity',
  'mellm-live: what is full?',
  'Places, cores, threads, queues, memory: what gives out first when one more session comes. Sizing: docs/operate.md.',
  [
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
    stat('Places left', `sum(${of('mellm_sessions_limit')}) - sum(${of('mellm_sessions_active')})`, {
      description:
        'Sessions that can still be accepted now, all servers together. At 0 raise server.max_sessions if cores are free, or add a server.',
    }),
    stat('Refused in the last hour', `sum(increase(${of('mellm_sessions_total', 'result="refused"')}[1h]))`, {
      description:
        'Publishers refused in the last hour; 0 is normal. No place was free, a server was overloaded or draining, or the offer was unusable.',
      thresholds: [
        [null, 'green'],
        [1, 'orange'],
      ],
    }),
    stat('Cores a session', `avg(${of('instance:mellm_cpu_cores_per_session:rate5m')})`, {
      description:
        'CPU cores per live session over five minutes, mean of the servers. About 0.3 for one face at 640×480 and 30 fps (docs/performance.md); without sessions, the whole use of an idle server.',
    }),
    stat('Frames dropped because busy', `max(${of('instance:mellm_frames_busy:ratio_rate5m')})`, {
      description:
        'Share of the decoded frames that the analysis had no time for, over five minutes, on the worst server. Above 5 % short expressions are missed: fewer sessions or faces, or more cores.',
      unit: 'percentunit',
      thresholds: [
        [null, 'green'],
        [0.01, 'orange'],
        [0.05, 'red'],
      ],
    }),
    stat('Open files', `max(${of('process_open_fds')} / ${of('process_max_fds')})`, {
      description:
        'Open file descriptors over the permitted number, now, on the fullest server. Above 80 % raise LimitNOFILE (systemd) or ulimit -n.',
      unit: 'percentunit',
      thresholds: [
        [null, 'green'],
        [0.8, 'red'],
      ],
    }),
    lines(
      'Sessions and places',
      { live: `sum(${of('mellm_sessions_active')})`, places: `sum(${of('mellm_sessions_limit')})` },
      {
        description:
          'Live sessions, and the most that are accepted (server.max_sessions), all servers together. Where the lines meet, new publishers get 503.',
      },
    ),
    lines(
      'Seconds of work a second, by stage',
      { '{{stage}}': `sum by (stage) (${rate('mellm_stage_duration_seconds_sum')})` },
      {
        description:
          'Seconds that each stage takes per second; flow and mellm include waiting. decode, track, align and spot share media.processes: with a sum near that number, they are full.',
        stack: true,
      },
    ),
    lines(
      'CPU cores used',
      {
        'main {{instance}}': rate('process_cpu_seconds_total'),
        '{{process}} {{instance}}': rate('mellm_media_cpu_seconds_total'),
      },
      {
        description:
          'Cores in use by the main process and by each media process. A media process works in one thread: near 1 it is full and drops frames.',
      },
    ),
    lines(
      'Frames dropped because vision is behind, a second',
      {
        '{{instance}}': `sum by (instance) (${rate('mellm_frames_dropped_total', 'stage="track"')})`,
      },
      {
        description:
          'Decoded frames per second that are not analysed, per server; 0 is normal. Otherwise reduce server.max_sessions or vision.max_faces, or add cores.',
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
      'Flow: pairs dropped a minute',
      { '{{reason}}': `60 * sum by (reason) (${rate('mellm_flow_dropped_total')})` },
      {
        description:
          'Pairs discarded per minute; their annotations lack flow. expired: waited 10 s; overflow: 64 were waiting; cancelled, closed: no longer needed.',
      },
    ),
    lines(
      'Media processes: cores used',
      { '{{instance}} {{process}}': rate('mellm_media_cpu_seconds_total') },
      { description: 'Cores in use by each media process, which receives, decodes and analyses video. Near 1 it is full.' },
    ),
    lines(
      'Media processes: resident memory',
      { '{{instance}} {{process}}': of('mellm_media_resident_memory_bytes') },
      {
        description: 'Bytes of memory of each media process now. It should stay level; steady growth over a day is a leak to report.',
        unit: 'bytes',
      },
    ),
    lines(
      'Event loop lag, 99th percentile',
      { '{{instance}}': of('mellm_event_loop_lag_seconds') },
      {
        description:
          'Seconds for which the main thread blocks, over the last 10 to 20 seconds. Above 0.2 s viewers stutter: other programs, swapping, very many viewers or huge exports.',
        unit: 's',
      },
    ),
    lines(
      'Resident memory and heap',
      {
        'main {{instance}}': of('process_resident_memory_bytes'),
        '{{process}} {{instance}}': of('mellm_media_resident_memory_bytes'),
        'heap {{instance}}': of('nodejs_heap_size_used_bytes'),
      },
      {
        description:
          'Bytes of memory of the main process, of its JavaScript heap and of each media process, now. Level lines are normal; steady growth over a day is a leak to report.',
        unit: 'bytes',
      },
    ),
    lines(
      'Store: time of a commit',
      { p50: quantile(0.5, 'mellm_store_commit_seconds'), p95: quantile(0.95, 'mellm_store_commit_seconds') },
      {
        description: 'Seconds to write a group of findings to the database. Above 0.5 s at p95 the disk or the database server is slow.',
        unit: 's',
      },
    ),
    lines(
      'Store: size',
      { '{{instance}}': of('mellm_store_bytes') },
      { description: 'Bytes in use in the database now. At store.max_megabytes ended sessions are erased.', unit: 'bytes' },
    ),
    lines(
      'Store: writes waiting and lost',
      {
        'waiting {{instance}}': of('mellm_store_waiting_writes'),
        'lost {{instance}}': of('mellm_store_lost_writes'),
      },
      {
        description:
          'Writes that wait for the disk now, and those discarded since start-up. Waiting should return to 0; if lost is above 0, findings are missing (MellmStoreLosesWrites in docs/runbook.md).',
      },
    ),
    lines(
      'Store: sessions that are too old and not erased',
      { '{{instance}}': of('mellm_store_erasure_held') },
      { description: '1 while erasure is on hold after a clock jump, 0 otherwise (docs/keep.md). Correct the clock if it is wrong.' },
    ),
    lines(
      'Refused or cut off by a limit, a minute',
      { '{{reason}}': `60 * sum by (reason) (${rate('mellm_refusals_total')})` },
      {
        description:
          'Clients refused or cut off per minute, by limit; a few are normal. Limits: docs/settings.md; what to do: MellmClientsRefused in docs/runbook.md.',
        stack: true,
      },
    ),
    lines(
      'Recordings in work',
      {
        '{{state}}': `sum by (state) (${of('mellm_recordings')})`,
        'over, an hour: {{result}}': `3600 * sum by (result) (${rate('mellm_recordings_total')})`,
      },
      {
        description:
          'Uploaded recordings now, by state, and finished ones per hour, by result. One is analysed at a time, so a growing number that waits means long delays (docs/uploads.md).',
      },
    ),
    lines(
      'Recordings: disk space promised',
      { '{{instance}}': of('mellm_recording_bytes') },
      { description: 'Bytes of disk reserved now for uploaded recordings. At recordings.quota_bytes new ones get 507.', unit: 'bytes' },
    ),
    lines(
      'Durable events left out, a minute',
      { '{{code}}': `60 * sum by (code) (${rate('mellm_events_suppressed_total')})` },
      {
        description:
          'Events suppressed per minute because one publisher caused too many, by code; 0 is normal. Usually a broken encoder (MellmEventsSuppressed in docs/runbook.md).',
        stack: true,
      },
    ),
    lines(
      'Viewers and what slow ones miss',
      {
        viewers: `sum(${of('mellm_ws_clients')})`,
        'messages left out a second': `sum(${rate('mellm_ws_messages_dropped_total')})`,
      },
      {
        description:
          'Viewers connected now, and ephemeral events per second not sent to slow ones. They miss track, signal and stats, but no annotation.',
      },
    ),
    lines(
      'Webhook deliveries a minute',
      { '{{result}}': `60 * sum by (result) (${rate('mellm_webhook_deliveries_total')})` },
      {
        description:
          'Attempts per minute to deliver to webhooks, by result. retried: a receiver fails; failed and dropped are lost (docs/webhooks.md).',
      },
    ),
    lines(
      'MQTT messages a minute',
      { '{{result}}': `60 * sum by (result) (${rate('mellm_mqtt_messages_total')})` },
      {
        description:
          'Messages per minute that the MQTT broker acknowledged, or that were dropped because it was away for too long (mqtt.queue, docs/mqtt.md).',
      },
    ),
    lines(
      'Worker threads started again',
      {
        '{{worker}}': `sum by (worker) (increase(${of('mellm_worker_restarts_total')}[$__rate_interval]))`,
      },
      {
        description:
          'Worker threads and media processes that died or hung and were replaced; 0 is normal. Repeatedly: the log has the error (MellmWorkerRestarts in docs/runbook.md).',
      },
    ),
  ],
);
