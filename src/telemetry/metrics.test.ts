import { afterEach, expect, it } from 'vitest';
import { Metrics } from './metrics.js';

/** Names and types of docs and dashboards; a metric that is renamed breaks everyone's. */
const CONTRACT = {
  mellm_sessions_active: 'gauge',
  mellm_sessions_total: 'counter',
  mellm_frames_received_total: 'counter',
  mellm_frames_decoded_total: 'counter',
  mellm_frames_dropped_total: 'counter',
  mellm_rtp_packets_lost_total: 'counter',
  mellm_keyframe_requests_total: 'counter',
  mellm_stage_duration_seconds: 'histogram',
  mellm_faces_tracked: 'gauge',
  mellm_annotations_total: 'counter',
  mellm_flow_batch_size: 'histogram',
  mellm_flow_queue_wait_seconds: 'histogram',
  mellm_flow_inference_seconds: 'histogram',
  mellm_alert_latency_seconds: 'histogram',
  mellm_llm_requests_total: 'counter',
  mellm_llm_time_to_first_token_seconds: 'histogram',
  mellm_llm_tokens_total: 'counter',
  mellm_ws_clients: 'gauge',
  mellm_ws_messages_dropped_total: 'counter',
  mellm_event_loop_lag_seconds: 'gauge',
  process_cpu_seconds_total: 'counter',
};

let metrics: Metrics | undefined;
afterEach(() => {
  metrics?.close();
});

it('exposes every metric of the contract, with its type', async () => {
  metrics = new Metrics();
  const { body, contentType } = await metrics.expose(undefined);
  expect(contentType).toContain('text/plain');
  for (const [name, type] of Object.entries(CONTRACT)) expect(body).toContain(`# TYPE ${name} ${type}\n`);
});

it("tells Node's own metrics, those of the loop's delay unless they are too dear", async () => {
  metrics = new Metrics();
  expect((await metrics.expose(undefined)).body).toContain('# TYPE nodejs_eventloop_lag_p99_seconds gauge\n');
  metrics.close();
  metrics = new Metrics({ nodeLoopFigures: false });
  const { body } = await metrics.expose(undefined);
  expect(body).toContain('# TYPE nodejs_heap_size_used_bytes gauge\n');
  expect(body).not.toContain('nodejs_eventloop_lag_p99_seconds');
});

it('speaks OpenMetrics when asked, and ends as it must', async () => {
  metrics = new Metrics();
  const { body, contentType } = await metrics.expose('application/openmetrics-text;version=1.0.0,text/plain;q=0.5');
  expect(contentType).toContain('application/openmetrics-text');
  expect(body).toContain('# TYPE mellm_sessions counter\n');
  expect(body).toContain('\nmellm_sessions_total{result="refused"} 0\n');
  expect(body).not.toMatch(/^mellm_store_(up|bytes|waiting_writes|lost_writes) /m);
  expect(body).not.toContain('\n\n');
  expect(body.endsWith('\n# EOF\n')).toBe(true);
  // One format must not change what the other says.
  expect((await metrics.expose(undefined)).body).toContain('# TYPE mellm_sessions_total counter\nmellm_sessions_total{result="ended"} 0\n');
});

it('lets known series begin at 0, so that a rate sees the first event', async () => {
  metrics = new Metrics();
  metrics.llmSources(['embedded@01234567']);
  const { body } = await metrics.expose(undefined);
  for (const series of [
    'mellm_sessions_total{result="refused"} 0',
    'mellm_frames_dropped_total{stage="track",reason="busy"} 0',
    'mellm_annotations_total{kind="micro",emotion="negative"} 0',
    'mellm_llm_requests_total{source="embedded@01234567",result="failed"} 0',
  ]) {
    expect(body).toContain(`${series}\n`);
  }
});

it('names no emotion where none is inferred', async () => {
  metrics = new Metrics({ emotion: false });
  const { body } = await metrics.expose(undefined);
  expect(body).toContain('mellm_annotations_total{kind="macro",emotion="none"} 0');
  expect(body).not.toMatch(/emotion="(?!none)/);
});

it('has buckets that rise, at most 20 of them', async () => {
  metrics = new Metrics();
  const { body } = await metrics.expose(undefined);
  const bounds = new Map<string, number[]>();
  for (const [, name = '', bound = '', others = ''] of body.matchAll(/^(mellm_\w+_bucket)\{le="([^"]+)"(.*?)\}/gm)) {
    bounds.set(name + others, [...(bounds.get(name + others) ?? []), Number(bound.replace('+Inf', 'Infinity'))]);
  }
  expect(bounds.size).toBeGreaterThan(8);
  for (const [series, list] of bounds) {
    expect(list.length, series).toBeLessThanOrEqual(20);
    expect(list, series).toEqual([...list].sort((a, b) => a - b));
  }
});

it('two servers in one process do not share', async () => {
  metrics = new Metrics();
  const other = new Metrics();
  other.sessionsActive.set(3);
  expect((await metrics.expose(undefined)).body).toContain('mellm_sessions_active 0');
  other.close();
});
