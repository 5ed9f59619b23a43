import { counter, gauge, histogram, absent } from './metric-declaration.js';

/** The pipeline's stages, as the `stage` label names them. */
const STAGES = ['decode', 'track', 'align', 'spot', 'flow', 'mellm', 'publish'] as const;
export type Stage = (typeof STAGES)[number];

/** Upper bounds in seconds: a stage may take half a millisecond (decode) or as long as an answer is waited for (mellm). */
const STAGE_SECONDS = [0.0002, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.033, 0.066, 0.125, 0.25, 0.5, 1, 2, 5, 10, 20];
/** A pair waits for `flow.max_wait_ms` for others to share its batch, and is dropped after 10 s. */
const WAIT_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
const INFERENCE_SECONDS = [0.002, 0.005, 0.01, 0.02, 0.035, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2, 5];
/** Fine where the promise lies: an alert within 150 ms of media time after the apex, and what the machine adds. */
const ALERT_SECONDS = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1, 2, 5, 10];
const TOKEN_SECONDS = [0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10, 20];

export const KINDS = ['micro', 'macro'] as const;

/**
 * Every metric of the contract, once: name, meaning, labels (and buckets), and the series that are known beforehand. docs/metrics.md is
 * made of it.
 */
export const METRICS = {
  buildInfo: gauge('mellm_build_info', 'Always 1; the labels give the running version', ['version', 'node']),
  sessionsActive: gauge('mellm_sessions_active', 'Live sessions'),
  sessionsLimit: gauge('mellm_sessions_limit', 'Maximum number of live sessions (server.max_sessions)'),
  sessionsTotal: counter(
    'mellm_sessions_total',
    'Sessions by how they ended or were refused',
    ['result'],
    ['ended', 'timeout', 'replaced', 'shutdown', 'deleted', 'failed', 'faulty_video', 'too_much_data', 'media_process_died', 'refused'].map(
      (result) => ({ result }),
    ),
  ),
  framesReceived: counter('mellm_frames_received_total', 'Frames received, complete or not'),
  framesDecoded: counter('mellm_frames_decoded_total', 'Frames decoded', ['codec']),
  framesDropped: counter(
    'mellm_frames_dropped_total',
    'Frames dropped',
    ['stage', 'reason'],
    [
      { stage: 'decode', reason: 'lost' },
      { stage: 'track', reason: 'busy' },
      { stage: 'track', reason: 'failed' },
    ],
  ),
  webhookDeliveries: counter(
    'mellm_webhook_deliveries_total',
    'Webhook deliveries by what became of an attempt',
    ['result'],
    ['delivered', 'retried', 'failed', 'dropped'].map((result) => ({ result })),
  ),
  mqttUp: absent(gauge('mellm_mqtt_up', '1 while connected to the MQTT broker, 0 while not; absent without mqtt.url')),
  mqttMessages: counter(
    'mellm_mqtt_messages_total',
    'Messages for the MQTT broker: acknowledged by it, or dropped',
    ['result'],
    ['delivered', 'dropped'].map((result) => ({ result })),
  ),
  packetsLost: counter('mellm_rtp_packets_lost_total', 'RTP packets lost and not recovered'),
  keyframeRequests: counter('mellm_keyframe_requests_total', 'Picture loss indications sent'),
  stageDuration: histogram(
    'mellm_stage_duration_seconds',
    'Time a stage took for one frame or window',
    STAGE_SECONDS,
    ['stage'],
    STAGES.map((stage) => ({ stage })),
  ),
  facesTracked: gauge('mellm_faces_tracked', 'Faces being tracked, all sessions'),
  // The series of emotions begin with the server's settings (Metrics).
  annotationsTotal: counter(
    'mellm_annotations_total',
    'Annotations closed',
    ['kind', 'emotion'],
    KINDS.map((kind) => ({ kind, emotion: 'none' })),
  ),
  flowBatchSize: histogram('mellm_flow_batch_size', 'Pairs in a flow batch', [1, 2, 4, 8, 16, 32]),
  flowQueueWait: histogram('mellm_flow_queue_wait_seconds', 'Time a pair waited for its batch', WAIT_SECONDS),
  flowInference: histogram('mellm_flow_inference_seconds', 'Time of one flow batch', INFERENCE_SECONDS, ['device']),
  flowDropped: counter(
    'mellm_flow_dropped_total',
    'Pairs discarded before they were measured',
    ['reason'],
    ['expired', 'overflow', 'cancelled', 'closed'].map((reason) => ({ reason })),
  ),
  flowServerUp: absent(
    gauge('mellm_flow_server_up', '1 while the flow server is in use, 0 while it is paused after failures; absent without flow.server'),
  ),
  flowServerBatches: counter(
    'mellm_flow_server_batches_total',
    'Flow batches for the flow server: computed there, by the local model instead, or not at all; absent without flow.server',
    ['result'],
  ),
  alertLatency: histogram('mellm_alert_latency_seconds', 'Apex frame received to alert sent', ALERT_SECONDS),
  llmRequests: counter('mellm_llm_requests_total', 'MELLM requests', ['source', 'result']),
  llmFirstToken: histogram('mellm_llm_time_to_first_token_seconds', 'Request to first token', TOKEN_SECONDS),
  llmTokens: counter('mellm_llm_tokens_total', 'Tokens generated', ['source']),
  llmEndpointUp: gauge(
    'mellm_llm_endpoint_up',
    '1 while an OpenAI-compatible server is in use, 0 while it is excluded after failures; endpoint: its host and port; absent without llm.url',
    ['endpoint'],
  ),
  wsClients: gauge('mellm_ws_clients', 'Viewers connected'),
  wsDropped: counter('mellm_ws_messages_dropped_total', 'Ephemeral events not sent to a slow viewer'),
  eventsSuppressed: counter(
    'mellm_events_suppressed_total',
    'Durable events suppressed because one publisher caused too many, by code; `alert`: an alert that was not opened',
    ['code'],
    [
      'alert',
      'decode_failed',
      'format_changed',
      'too_heavy',
      'vision_failed',
      'vision_resumed',
      'flow_failed',
      'flow_resumed',
      'mellm_failed',
      'mellm_resumed',
    ].map((code) => ({ code })),
  ),
  refusals: counter(
    'mellm_refusals_total',
    'Connections, requests, viewers, publishers and downloads refused or closed by a limit, by limit',
    ['reason'],
  ),
  recordings: gauge(
    'mellm_recordings',
    'Recordings that are being uploaded, waiting or being analysed',
    ['state'],
    ['uploading', 'waiting', 'analyzing'].map((state) => ({ state })),
  ),
  recordingsTotal: counter(
    'mellm_recordings_total',
    'Uploaded recordings by outcome',
    ['result'],
    ['done', 'failed', 'cancelled', 'expired', 'refused'].map((result) => ({ result })),
  ),
  recordingBytes: gauge('mellm_recording_bytes', 'Bytes on disk reserved for uploaded recordings (recordings.quota_bytes)'),
  unspottable: counter(
    'mellm_unspottable_seconds_total',
    'Media time during which a face was in view but too poorly visible for spotting, by the worst fault',
    ['fault'],
    ['too_small', 'too_dark', 'too_bright', 'blurred', 'turned', 'cut_off', 'unstable', 'few_frames'].map((fault) => ({ fault })),
  ),
  unread: counter(
    'mellm_unread_seconds_total',
    'Media time during which a region of a face in view could not be read, by region and reason: a fault of the face, or `lost` (covered, deformed or too fast); summed over faces',
    ['region', 'reason'],
  ),
  workerRestarts: counter(
    'mellm_worker_restarts_total',
    'Worker threads and media processes that died or hung and were restarted',
    ['worker'],
    ['media', 'flow', 'flow-report', 'flow-server', 'mellm', 'store'].map((worker) => ({ worker })),
  ),
  mediaCpu: counter(
    'mellm_media_cpu_seconds_total',
    'CPU time of the media processes, by slot; process_cpu_seconds_total covers the main process only',
    ['process'],
  ),
  mediaMemory: gauge(
    'mellm_media_resident_memory_bytes',
    'Resident memory of each running media process; process_resident_memory_bytes covers the main process only',
    ['process'],
  ),
  iceServerUp: gauge(
    'mellm_ice_server_up',
    '1 while a STUN or TURN server answers, 0 while it does not and is excluded, as of the last publisher; absent before the first publisher and without webrtc.ice_servers',
    ['server'],
  ),
  // Without a database nothing is refused and nothing waits: an alarm must not see a 0 that means "none".
  storeUp: absent(gauge('mellm_store_up', '1 while findings are persisted, 0 while the store is unavailable; absent with --no-store')),
  storeCommit: histogram('mellm_store_commit_seconds', 'Time of one commit', STAGE_SECONDS),
  storeBytes: absent(gauge('mellm_store_bytes', 'Bytes in use in the database')),
  storeWaiting: absent(gauge('mellm_store_waiting_writes', 'Writes waiting for the disk')),
  storeLost: absent(gauge('mellm_store_lost_writes', 'Writes discarded since start-up because too many were waiting')),
  storeErasureHeld: absent(
    gauge('mellm_store_erasure_held', '1 while expired sessions are not erased because the clock jumped ahead, see docs/keep.md'),
  ),
  busUp: gauge('mellm_bus_up', '1 while connected to NATS, 0 while not; absent without a bus', ['node']),
  busWaiting: gauge('mellm_bus_waiting_events', 'Durable events of this process not yet in the stream; absent without a bus', ['node']),
  nodes: gauge('mellm_nodes', 'Processes of the installation with a recent heartbeat, as seen by this one; absent without a bus', ['role']),
  sessionsReaped: counter('mellm_sessions_reaped_total', 'Sessions that this process ended on behalf of a dead one', []),
  whipPassedOn: counter(
    'mellm_whip_passed_on_total',
    'WHIP requests that this process forwarded to the process of the publisher; absent without a bus',
    ['method', 'outcome'],
  ),
  jobsPending: gauge('mellm_jobs_pending', 'Jobs waiting in a queue; absent without a bus', ['queue']),
  jobsUnacked: gauge('mellm_jobs_unacked', 'Jobs in progress', ['queue']),
  jobsUnackedLimit: gauge('mellm_jobs_unacked_limit', 'Maximum jobs in progress; at this number the queue silently stops delivering', [
    'queue',
  ]),
  jobsRedelivered: gauge('mellm_jobs_redelivered', 'Jobs in progress that were delivered more than once', ['queue']),
  jobsTotal: counter('mellm_jobs_total', 'Jobs that this process took from a queue', ['queue', 'result']),
  eventLoopDelay: gauge('mellm_event_loop_lag_seconds', "99th percentile of the main loop's delay over the last 10 to 20 seconds"),
};
