import type { JsMsg } from '@nats-io/jetstream';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ReplayPublisher } from '../../lab/bench/replay-publisher.js';
import { sampleClip } from '../../lab/bench/sample.js';
import { encodeFrame, MOST_UNACKED, Nats, WORKERS } from '../../src/cluster/nats/mod.js';
import { NatsServer, noNatsServer } from '../support/nats-server.js';
import { start, type Process } from '../support/installation.js';
import { dashboards, filledIn } from './dashboards.js';
import { Prometheus, prometheusMissing } from './prometheus.js';

const missing = prometheusMissing() ?? noNatsServer;
if (missing !== undefined) console.warn(missing);

/** Metrics that only processes on a bus have. */
const OF_SEVERAL = /^mellm_(bus|nodes|jobs|sessions_reaped|whip_passed_on)/;
/** Nothing waits, dies or is handed out again in a healthy installation, and no page publishes; the series is there all the same. */
const QUIET = /waiting|pending|unacked$|redelivered|reaped|passed_on/;

describe.skipIf(missing !== undefined)('a real Prometheus watches an installation of several processes', () => {
  let nats: NatsServer;
  let prometheus: Prometheus;
  let publisher: ReplayPublisher;
  let flow: Process;
  const processes: Process[] = [];

  const fires = async (name: string): Promise<Readonly<Record<string, string>>> =>
    await vi.waitFor(
      async () => {
        const found = (await prometheus.firing()).get(name);
        expect(found, name).toBeDefined();
        return found!;
      },
      { timeout: 60_000, interval: 500 },
    );

  /** Puts so many jobs into the queue of flow, which nobody waits for and nobody can read. */
  const flood = async (client: Nats, count: number): Promise<void> => {
    const job = encodeFrame({ v: 1 });
    for (let i = 0; i < count; i += 100)
      await Promise.all(Array.from({ length: 100 }, () => client.js.publish(client.subject('job', 'flow'), job)));
  };

  beforeAll(async () => {
    nats = await NatsServer.start();
    for (const roles of ['store,api', 'ingest,llm', 'flow']) processes.push(await start(nats.url, roles));
    flow = processes[2]!;
    prometheus = await Prometheus.start(
      processes.map(({ url }) => new URL(url).host),
      15,
    );
    publisher = await vi.waitFor(() => ReplayPublisher.start({ server: processes[0]?.url ?? '', file: sampleClip() }), {
      timeout: 30_000,
      interval: 1000,
    });
    await vi.waitFor(
      async () => {
        expect(Number((await prometheus.query('sum(mellm_jobs_total{result="done",queue="llm"})'))[0]?.value[1] ?? 0)).toBeGreaterThan(1);
      },
      { timeout: 120_000, interval: 1000 },
    );
    await new Promise((resolve) => setTimeout(resolve, 4000));
  }, 240_000);
  afterAll(async () => {
    publisher.die();
    await prometheus.close();
    await Promise.all(processes.map((process) => process.end('SIGKILL')));
    await nats.close();
  });

  it('every metric of the bus is fed, by each process that should', async () => {
    const texts = await Promise.all(processes.map(async ({ url }) => await (await fetch(`${url}/metrics`)).text()));
    const names = new Set(
      texts
        .flatMap((text) => [...text.matchAll(/^# TYPE (mellm_\w+) \w+$/gm)].map(([, name = '']) => name))
        .filter((name) => OF_SEVERAL.test(name)),
    );
    expect(names.size).toBeGreaterThanOrEqual(9);
    for (const name of names) {
      const [sum] = await prometheus.query(`sum(${name})`);
      expect(sum, name).toBeDefined();
      if (!QUIET.test(name)) expect(Number(sum?.value[1]), name).toBeGreaterThan(0);
    }
    expect((await prometheus.query('mellm_bus_up == 1')).length).toBe(3);
    const roles = await prometheus.query('max by (role) (mellm_nodes) > 0');
    expect(roles.map(({ metric }) => metric['role']).sort()).toEqual(['api', 'flow', 'ingest', 'llm', 'store']);
    expect([...(await prometheus.firing()).keys()].filter((name) => /Bus|Jobs|Role/.test(name))).toEqual([]);
  });

  it.each(
    dashboards()
      .filter(({ file }) => file === 'scale.json')
      .flatMap(({ panels }) =>
        panels.flatMap(({ title, targets }) => targets.map(({ legendFormat, expr }) => [title, legendFormat, expr] as const)),
      ),
  )('%s (%s) shows something', async (_title, _legend, expr) => {
    const samples = await prometheus.query(filledIn(expr));
    expect(
      samples.filter(({ value }) => Number.isFinite(Number(value[1]))),
      expr,
    ).not.toEqual([]);
  });

  it('alarms fire on real faults: more jobs than can be done, no worker, a queue that hands out no more, NATS gone', async () => {
    const client = await Nats.connect({ url: nats.url, node: 'floods' });
    try {
      // Its worker refuses what can't be read as fast as it comes, so it finds all of it at once.
      flow.child.kill('SIGSTOP');
      await flood(client, 4000);
      flow.child.kill('SIGCONT');
      expect((await fires('MellmJobsTurnedAway'))['summary']).toContain('flow');
      await flow.end('SIGKILL');
      expect((await fires('MellmRoleMissing'))['summary']).toContain('flow');
      expect((await fires('MellmDown'))['summary']).toContain(new URL(flow.url).host);
      // A worker that takes everything, says that it is at work, and answers nothing.
      await flood(client, 1000);
      const consumer = await client.js.consumers.get(client.stream('FLOW'), WORKERS);
      const held: JsMsg[] = [];
      for await (const message of await consumer.fetch({ max_messages: 0.9 * MOST_UNACKED, expires: 5000 })) held.push(message);
      expect(held.length).toBe(0.9 * MOST_UNACKED);
      const beat = setInterval(() => {
        for (const message of held) message.working();
      }, 1000);
      try {
        expect((await fires('MellmJobsStall'))['summary']).toMatch(/9\d(\.\d+)?%.* flow /);
      } finally {
        clearInterval(beat);
      }
    } finally {
      await client.close();
    }
    await nats.kill();
    expect((await fires('MellmBusDown'))['runbook_url']).toBe('docs/runbook.md#mellmbusdown');
  }, 300_000);
});
