import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import { ReplayPublisher } from '../../lab/bench/replay-publisher.js';
import { sampleClip } from '../../lab/bench/sample.js';
import type { MellmServer } from '../../src/server/mod.js';
import { packageVersion } from '../../src/config/mod.js';
import { startServer } from '../support/start-server.js';
import { dashboards, filledIn } from './dashboards.js';
import { Prometheus, PROMETHEUS_FOLDER, prometheusMissing, promtool } from './prometheus.js';

const missing = prometheusMissing();
if (missing !== undefined) console.warn(missing);

/** Counts of faults and of what waits: there is nothing to count in a healthy run, but the series is there from the start. */
const QUIET =
  /_dropped|_lost|restarts|keyframe_requests|_waiting_|unspottable|unread|_recording|_suppressed|_refusals|_webhook_deliveries|_erasure_held|llm_endpoint_up|flow_server_up|mqtt_up|mqtt_messages|ice_server_up/;
/** Of several processes: one alone has no NATS and no queue, and these are absent or nothing there; bus-metrics.test.ts looks at them. */
const OF_SEVERAL = /^mellm_(bus|nodes|jobs|sessions_reaped|whip_passed_on)/;

describe.skipIf(missing !== undefined)('promtool', () => {
  it('accepts the configuration, and the rules pass their own tests', async () => {
    expect(await promtool(['check', 'config', 'prometheus.yml'])).toContain('2 rule files found');
    expect(await promtool(['check', 'rules', 'rules/alerts.yml', 'rules/recording.yml'])).toContain('SUCCESS');
    expect(await promtool(['test', 'rules', 'tests/alerts.yml'])).toContain('SUCCESS');
  }, 180_000);

  it('every alert has a case that fires, one that stays silent, and a paragraph in the runbook', () => {
    const rules = readFileSync(join(PROMETHEUS_FOLDER, 'rules/alerts.yml'), 'utf8');
    const cases = readFileSync(join(PROMETHEUS_FOLDER, 'tests/alerts.yml'), 'utf8');
    const runbook = readFileSync(join(PROMETHEUS_FOLDER, '../../docs/runbook.md'), 'utf8');
    const alerts = [...rules.matchAll(/alert: (\w+)/g)].map(([, name = '']) => name);
    expect(alerts.length).toBeGreaterThan(15);
    for (const name of alerts) {
      expect(cases).toContain(`name: ${name} fires\n`);
      expect(cases).toContain(`name: ${name} stays silent\n`);
      expect(runbook).toContain(`## ${name}\n`);
      expect(rules).toContain(`/runbook.md#${name.toLowerCase()}'\n`);
    }
  });
});

describe.skipIf(missing !== undefined)('a real Prometheus watches a server at work', () => {
  const kept = mkdtempSync(join(tmpdir(), 'mellm-kept-'));
  let server: MellmServer;
  let prometheus: Prometheus;
  let publisher: ReplayPublisher;
  let viewer: WebSocket;

  beforeAll(async () => {
    // Endpoints that nobody answers: the embedded model speaks and the local network measures instead, and the alerts about them must fire.
    server = await startServer({
      server: { max_sessions: 1 },
      store: { path: kept },
      flow: { server: 'http://127.0.0.1:9' },
      llm: { url: 'http://127.0.0.1:9/v1', model: 'absent' },
      webrtc: { ice_servers: ['stun:127.0.0.1:9'] },
      mqtt: { url: 'mqtt://127.0.0.1:9' },
    });
    prometheus = await Prometheus.start([new URL(server.url).host], 15);
    // One session that has ended, and one that goes on.
    await (await ReplayPublisher.start({ server: server.url, file: sampleClip() })).close();
    publisher = await vi.waitFor(() => ReplayPublisher.start({ server: server.url, file: sampleClip() }), {
      timeout: 20_000,
      interval: 500,
    });
    viewer = new WebSocket(`${server.url.replace('http', 'ws')}/ws`, 'mellm.v1');
    await vi.waitFor(
      async () => {
        const text = await (await fetch(`${server.url}/metrics`)).text();
        expect(Number(/mellm_llm_requests_total\{source="embedded[^}]*result="ok"\} (\d+)/.exec(text)?.[1] ?? 0)).toBeGreaterThan(1);
      },
      { timeout: 240_000, interval: 1000 },
    );
    await new Promise((resolve) => setTimeout(resolve, 4000));
  }, 300_000);
  afterAll(async () => {
    viewer.close();
    await publisher.close();
    await server.close();
    await prometheus.close();
    rmSync(kept, { recursive: true, force: true });
  });

  it('understands what it is told, in OpenMetrics and in the old format', async () => {
    expect(await prometheus.scrapeError()).toBe('');
    expect((await prometheus.query('up{job="mellm-live"}')).map(({ value }) => value[1])).toEqual(['1']);
    const old = await (await fetch(`${server.url}/metrics`)).text();
    const complaints = await promtool(['check', 'metrics'], old).catch(
      (error: unknown) => (error as { stdout: string; stderr: string }).stdout + (error as { stderr: string }).stderr,
    );
    // What prom-client says of Node itself (nodejs_*, process_*) is not ours to name.
    expect(complaints.split('\n').filter((line) => line.includes('mellm_'))).toEqual([]);
  });

  it('every metric is fed by the running server', async () => {
    const families = [...(await (await fetch(`${server.url}/metrics`)).text()).matchAll(/^# TYPE (mellm_\w+) (\w+)$/gm)];
    expect(families.length).toBeGreaterThanOrEqual(22);
    for (const [, name = '', type = ''] of families.filter(([, name = '']) => !OF_SEVERAL.test(name))) {
      const series = type === 'histogram' ? `${name}_count` : name;
      const sum = await prometheus.query(`sum(${series})`);
      expect(sum, name).toHaveLength(1);
      if (!QUIET.test(name)) expect(Number(sum[0]?.value[1]), name).toBeGreaterThan(0);
    }
    const stages = await prometheus.query('mellm_stage_duration_seconds_count > 0');
    expect(stages.map(({ metric }) => metric['stage']).sort()).toEqual(['align', 'decode', 'flow', 'mellm', 'publish', 'spot', 'track']);
    const alerts = await prometheus.query('sum(mellm_alert_latency_seconds_bucket{le="10"}) > 0');
    expect(alerts).toHaveLength(1);
  });

  it('has few series, and none that grows with sessions or viewers', async () => {
    const [count] = await prometheus.query('count({__name__=~"mellm_.+",job="mellm-live"})');
    expect(Number(count?.value[1])).toBeLessThan(400);
    const labels = await prometheus.query('count({__name__=~"mellm_.+",session!=""}) or vector(0)');
    expect(labels[0]?.value[1]).toBe('0');
  });

  it('asks at least 91 queries here and, of several processes, in bus-metrics.test.ts', () => {
    expect(dashboards().flatMap(({ panels }) => panels.flatMap(({ targets }) => targets)).length).toBeGreaterThanOrEqual(91);
  });

  it.each(
    dashboards()
      .filter(({ file }) => file !== 'scale.json')
      .flatMap(({ file, panels }) =>
        panels.flatMap(({ title, targets }) => targets.map(({ legendFormat, expr }) => [file, title, legendFormat, expr] as const)),
      ),
  )('%s: %s (%s) shows something', async (_file, _title, _legend, expr) => {
    // A rate needs two scrapes since the series began; a minute of work lies behind us.
    const samples = await prometheus.query(filledIn(expr));
    expect(
      samples.filter(({ value }) => Number.isFinite(Number(value[1]))),
      expr,
    ).not.toEqual([]);
  });

  it('marks the deployment, and no refused publisher', async () => {
    const marks = dashboards()[0]?.annotations.list.map(({ expr }) => filledIn(expr)) ?? [];
    const everShown = (expr: string) => prometheus.query(`count_over_time((${expr})[15m:1s])`);
    expect((await everShown(marks[0] ?? '')).map(({ metric }) => metric['version'])).toEqual([packageVersion()]);
    expect(await prometheus.query(`increase(mellm_sessions_total{result="refused"}[1m]) > 0`)).toEqual([]);
  });

  it('every variable of the dashboards has values', async () => {
    const values = await prometheus.query('group by (instance) (mellm_build_info)');
    expect(values.map(({ metric }) => metric['instance'])).toEqual([new URL(server.url).host]);
  });

  it('alerts fire on real faults: all places taken, a publisher refused, a language model and a model server out of reach, a server gone', async () => {
    const fires = async (name: string): Promise<Readonly<Record<string, string>>> =>
      await vi.waitFor(
        async () => {
          const found = (await prometheus.firing()).get(name);
          expect(found, name).toBeDefined();
          return found!;
        },
        { timeout: 60_000, interval: 1000 },
      );
    expect((await prometheus.firing()).has('MellmDown')).toBe(false);
    await expect(ReplayPublisher.start({ server: server.url, file: sampleClip() })).rejects.toThrow(/503/);
    const overload = dashboards()[0]?.annotations.list[1]?.expr ?? '';
    await expect.poll(() => prometheus.query(filledIn(overload))).not.toEqual([]);
    expect((await fires('MellmFull'))['summary']).toContain('session slots');
    expect((await fires('MellmSessionsRefused'))['summary']).toMatch(/refused \S+ publishers/);
    expect((await fires('MellmLlmFails'))['summary']).toMatch(/\d+(\.\d+)?% of the requests/);
    expect((await fires('MellmLlmEndpointDown'))['summary']).toMatch(/127\.0\.0\.1:9\b/);
    await fires('MellmFlowServerDown');
    await fires('MellmMqttDown');
    expect((await fires('MellmIceServerDown'))['summary']).toContain('stun:127.0.0.1:9');
    await publisher.close();
    await server.close();
    expect((await fires('MellmDown'))['runbook_url']).toBe('docs/runbook.md#mellmdown');
  }, 240_000);
});
