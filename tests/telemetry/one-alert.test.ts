import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { ReplayPublisher } from '../../lab/bench/replay-publisher.js';
import { sampleClip } from '../../lab/bench/sample.js';
import { createLogger } from '../../src/telemetry/mod.js';
import { startServer } from '../support/start-server.js';
import { OtlpReceiver, type ReceivedSpan } from './otlp-receiver.js';

const NAME = 'Alice Example, ward 3';
let receiver: OtlpReceiver;
let session = '';
let secret = '';
let offerAddresses: string[] = [];
const log: string[] = [];

/** One run of the sample, with traces and logs on; what they tell is looked at below. */
beforeAll(async () => {
  receiver = await OtlpReceiver.start();
  const server = await startServer(
    { telemetry: { otlp_endpoint: receiver.url } },
    createLogger('trace', {
      write: (line) => {
        log.push(line);
      },
    }),
  );
  try {
    const publisher = await ReplayPublisher.start({ server: server.url, file: sampleClip(), name: NAME });
    session = publisher.session;
    secret = publisher.location.split('/').at(-1) ?? '';
    await vi.waitFor(
      async () => {
        expect(await (await fetch(`${server.url}/api/sessions/${session}/annotations`)).json()).not.toEqual([]);
      },
      { timeout: 60_000, interval: 500 },
    );
    await publisher.close();
    await vi.waitFor(
      () => {
        expect(server.sessions.live).toBe(0);
      },
      { timeout: 30_000 },
    );
    await fetch(`${server.url}/whip`, {
      method: 'POST',
      headers: { 'content-type': 'application/sdp' },
      body: 'v=0\r\no=- 1 1 IN IP4 198.51.100.77\r\n',
    });
    offerAddresses = ['127.0.0.1', '198.51.100.77'];
  } finally {
    await server.close();
  }
}, 120_000);
afterAll(async () => {
  await receiver.close();
});

const milliseconds = (nano: string): number => Number(BigInt(nano) / 1000n) / 1000;
const attribute = (span: ReceivedSpan, key: string): unknown =>
  Object.values(span.attributes.find((one) => one.key === key)?.value ?? {})[0];

it('an alert is one trace, from the arrival of its apex frame to the text', () => {
  const whole = receiver.spans.filter(
    (span) => span.name === 'alert' && attribute(span, 'mellm.withdrawn') === false && attribute(span, 'mellm.incomplete') === '',
  );
  expect(whole.length).toBeGreaterThan(0);
  const root = whole[0]!;
  expect(root.parentSpanId ?? '').toBe('');
  expect(attribute(root, 'mellm.session')).toBe(session);
  expect(attribute(root, 'mellm.annotation')).toMatch(new RegExp(`^${session}-\\d+$`));
  expect(root.events?.map(({ name }) => name)).toEqual(expect.arrayContaining(['opened', 'boundaries final', 'first text']));
  const steps = receiver.spans.filter((span) => span.traceId === root.traceId && span !== root);
  expect([...new Set(steps.map(({ name }) => name))].sort()).toEqual([
    'align',
    'confirm',
    'crops',
    'decode',
    'flow',
    'images',
    'mellm',
    'publish',
    'spot',
    'track',
    'wait',
  ]);
  for (const step of steps) {
    expect(step.parentSpanId, step.name).toBe(root.spanId);
    expect(milliseconds(step.startTimeUnixNano), step.name).toBeGreaterThanOrEqual(milliseconds(root.startTimeUnixNano) - 2);
    expect(milliseconds(step.endTimeUnixNano), step.name).toBeGreaterThanOrEqual(milliseconds(step.startTimeUnixNano));
    expect(milliseconds(step.endTimeUnixNano), step.name).toBeLessThanOrEqual(milliseconds(root.endTimeUnixNano) + 2);
  }
  const begin = (name: string): number => milliseconds(steps.find((span) => span.name === name)!.startTimeUnixNano);
  const way = ['decode', 'track', 'align', 'spot', 'confirm', 'crops', 'flow', 'mellm', 'publish'].map(begin);
  expect(way).toEqual([...way].sort((a, b) => a - b));
});

it("the log tells the session's life by its id", () => {
  const lines = log.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => line['session'] === session);
  expect(lines.map((line) => line['msg'])).toEqual(expect.arrayContaining(['session started', 'annotation closed', 'session ended']));
  for (const line of lines)
    expect(line).toMatchObject({ time: expect.stringMatching(/^20\d\d-/), level: expect.stringMatching(/^(debug|info|warn|error)$/) });
});

it("neither traces nor logs hold a name, an address, the resource's secret, or what was read in a face", () => {
  for (const text of [log.join('\n'), receiver.bodies.join('\n')]) {
    for (const told of [NAME, 'Alice', secret, ...offerAddresses, 'a=', 'emotion', 'negative', 'AU1']) expect(text).not.toContain(told);
  }
});

it("without an endpoint nothing of OpenTelemetry's SDK is loaded", () => {
  const loaded = (endpoint: string): string =>
    execFileSync(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `
    import { createRequire } from 'node:module';
    const { startTracing } = await import(process.argv[1]);
    const tracing = await startTracing({ ${endpoint} version: '1', env: {}, onProblem() {} });
    const files = Object.keys(createRequire(process.argv[1]).cache);
    console.log(tracing !== undefined, files.some((file) => file.includes('sdk-trace')), files.some((file) => file.includes('exporter-trace')));
    await tracing?.close();
  `,
        fileURLToPath(new URL('../../dist/src/telemetry/mod.js', import.meta.url)),
      ],
      { encoding: 'utf8' },
    ).trim();
  expect(loaded('')).toBe('false false false');
  expect(loaded('endpoint: "http://127.0.0.1:9",')).toBe('true true true');
});
