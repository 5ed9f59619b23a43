import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { anAnnotation } from '../../../tests/support/an-annotation.js';
import { loadConfig } from '../../config/mod.js';
import { signatureOf } from './post.js';
import { isPublicAddress, publicLookup } from './public-address.js';
import { Webhook, type DeliveryResult } from './webhook.js';
import { wants } from '../sessions/wants.js';

/** 10,000 by MELLM_WEBHOOK_DELIVERIES. */
const DELIVERIES = Number(process.env['MELLM_WEBHOOK_DELIVERIES'] ?? 2000);
const SECRET = 'secret-secret-secret';

let receiver: Server | undefined;
afterEach(() => {
  receiver?.closeAllConnections();
  receiver?.close();
});

/** Starts a receiver; `answer` says the status, or 0 for a broken connection. */
async function receive(answer: (n: number) => { status: number; headers?: Record<string, string> }) {
  const accepted: string[] = [];
  const faults: string[] = [];
  let asked = 0;
  receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const [, t = '', v1 = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(request.headers['mellm-signature'])) ?? [];
      if (v1 !== signatureOf(SECRET, Number(t), body)) faults.push('wrong signature');
      const { status, headers = {} } = answer(asked++);
      if (status === 0) request.socket.destroy();
      else {
        if (status < 300) accepted.push(String(request.headers['mellm-delivery']));
        response.writeHead(status, headers).end();
      }
    });
  });
  await new Promise<void>((resolve) => receiver?.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${String((receiver.address() as AddressInfo).port)}/hook`, accepted, faults };
}

function hookTo(url: string, rest: Partial<ConstructorParameters<typeof Webhook>[0]> = {}) {
  const results: Partial<Record<DeliveryResult, number>> = {};
  const reasons: string[] = [];
  const hook = new Webhook({
    url,
    secret: SECRET,
    allowPrivate: true,
    queue: DELIVERIES,
    retryFor: 60_000,
    firstRetry: 5,
    onResult: (result, reason) => {
      results[result] = (results[result] ?? 0) + 1;
      if (reason !== undefined) reasons.push(reason);
    },
    ...rest,
  });
  return { hook, results, reasons };
}

it(`delivers ${String(DELIVERIES)} events through a receiver that fails a third of the time: none lost, none doubled`, async () => {
  const { url, accepted, faults } = await receive((n) => ({ status: n % 3 === 0 ? (n % 2 === 0 ? 500 : 0) : 204 }));
  const { hook, results } = hookTo(url);
  const keys = Array.from({ length: DELIVERIES }, (_, i) => `s1.${String(i + 1)}`);
  for (const key of keys) hook.send(key, JSON.stringify({ key }));
  await expect.poll(() => hook.waiting, { timeout: 60_000 }).toBe(0);
  expect(new Set(accepted)).toEqual(new Set(keys));
  expect(accepted).toHaveLength(DELIVERIES);
  expect(results).toMatchObject({ delivered: DELIVERIES });
  expect(results.retried).toBeGreaterThan(DELIVERIES / 4);
  expect(faults).toEqual([]);
  hook.close();
}, 90_000);

it('waits as long as Retry-After says, and follows no redirect', async () => {
  const answers = [{ status: 429, headers: { 'retry-after': '1' } }, { status: 302, headers: { location: '/elsewhere' } }, { status: 200 }];
  const { url, accepted } = await receive((n) => answers[n] ?? { status: 500 });
  const { hook, reasons } = hookTo(url);
  const from = performance.now();
  hook.send('s1.1', '{}');
  await expect.poll(() => accepted).toEqual(['s1.1']);
  expect(performance.now() - from).toBeGreaterThan(990);
  expect(reasons).toEqual(['answered 429', 'answered 302']);
  hook.close();
});

it('bounds what waits, and fails in the end', async () => {
  const { url } = await receive(() => ({ status: 500 }));
  const { hook, results } = hookTo(url, { queue: 3, retryFor: 100 });
  for (let i = 0; i < 5; i++) hook.send(String(i), '{}');
  expect(results.dropped).toBe(2);
  await expect.poll(() => results.failed).toBe(3);
  expect(hook.waiting).toBe(0);
  hook.close();
});

it('connects to public addresses only, by name too', async () => {
  for (const address of [
    '10.1.2.3',
    '127.0.0.1',
    '169.254.169.254',
    '192.168.0.1',
    '100.64.0.1',
    '::1',
    '::ffff:10.0.0.1',
    'fe80::1',
    'fd00::1',
    '2002:7f00:1::',
  ])
    expect(isPublicAddress(address), address).toBe(false);
  for (const address of ['1.1.1.1', '2606:4700:4700::1111']) expect(isPublicAddress(address), address).toBe(true);
  const error = await new Promise((resolve) => {
    publicLookup('localhost', { all: true }, resolve);
  });
  expect(error).toMatchObject({ code: 'ENOTPUBLIC' });
  const { url, accepted } = await receive(() => ({ status: 200 }));
  for (const target of [url, url.replace('127.0.0.1', 'localhost')]) {
    const { hook, reasons } = hookTo(target, { allowPrivate: false });
    hook.send('s1.1', '{}');
    await expect.poll(() => reasons.length).toBeGreaterThan(0);
    expect(reasons[0]).toMatch(/public address/);
    hook.close();
  }
  expect(accepted).toEqual([]);
});

it('filters by name, event, kind and score', () => {
  const { targets } = loadConfig({
    overrides: {
      webhooks: { targets: [{ url: 'https://example.org', secret: SECRET, session: 'Desk', kinds: ['micro'], min_score: 0.5 }] },
    },
  }).webhooks;
  const [target] = targets;
  if (!target) throw new Error('no target');
  const closed = (rest = {}) =>
    ({ type: 'annotation.closed', session: 's1', t: 1, seq: 1, annotation: anAnnotation('s1-1', rest) }) as const;
  expect(wants(target, closed(), 'Desk')).toBe(true);
  expect(wants(target, closed(), 'Other')).toBe(false);
  expect(wants(target, closed({ kind: 'macro' }), 'Desk')).toBe(false);
  expect(wants(target, closed({ score: 0.4 }), 'Desk')).toBe(false);
  expect(wants(target, closed({ withdrawn: 'blink' }), 'Desk')).toBe(false);
  expect(wants(target, { type: 'error', session: 's1', t: 1, seq: 1, code: 'a', message: '' }, 'Desk')).toBe(false);
});
