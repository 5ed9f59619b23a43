import { execFileSync } from 'node:child_process';
import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterEach, describe, expect, it } from 'vitest';
import { loadConfig, type ConfigOverrides } from '../../src/config/mod.js';
import { InProcessBus } from '../../src/events/bus/mod.js';
import { durableEventSchema } from '../../src/events/mod.js';
import { startMqtt } from '../../src/server/mqtt/mqtt.js';
import { createLogger, Metrics } from '../../src/telemetry/mod.js';
import { anAnnotation } from '../support/an-annotation.js';
import { Mosquitto, noMosquitto } from '../support/mosquitto.js';

if (noMosquitto !== undefined) console.warn(noMosquitto);
const USER = { name: 'mellm', password: 'correct-horse' };

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function broker(...options: Parameters<typeof Mosquitto.start>): Promise<Mosquitto> {
  const started = await Mosquitto.start(...options);
  closing.push(() => started.close());
  return started;
}

/** What a subscriber to everything has seen: topic → payloads, those retained apart. */
async function watch(url: string, options = {}) {
  const client: MqttClient = await connectAsync(url, options);
  const seen: { topic: string; payload: string; retained: boolean }[] = [];
  client.on('message', (topic, payload, { retain }) => seen.push({ topic, payload: payload.toString(), retained: retain }));
  await client.subscribeAsync('#', { qos: 1 });
  closing.push(() => client.endAsync(true));
  return {
    seen,
    on: (topic: string) => seen.filter((message) => message.topic === topic).map(({ payload }) => payload),
  };
}

/** A publisher of one server with a session of its own that a test feeds. */
async function publisher(mqtt: NonNullable<ConfigOverrides['mqtt']>) {
  const bus = new InProcessBus();
  const metrics = new Metrics();
  let logged = '';
  const log = createLogger('debug', { write: (line: string) => (logged += line) });
  const registry = { get: (id: string) => (id.startsWith('own') ? ({} as never) : undefined) };
  const running = await startMqtt(loadConfig({ overrides: { mqtt } }).mqtt, { bus, metrics, log, registry });
  closing.push(() => {
    metrics.close();
  });
  closing.push(() => running?.close());
  const value = async (name: string): Promise<number> =>
    Number(new RegExp(`^${name.replaceAll('{', '\\{')} (\\S+)$`, 'm').exec((await metrics.expose(undefined)).body)?.[1]);
  const start = (session: string, name: string) =>
    bus.publish({ type: 'session.started', session, t: 0, name, video: { width: 1, height: 1, codec: 'VP8' } });
  const alert = (session: string, id: string, rest = {}) =>
    bus.publish({ type: 'annotation.closed', session, t: 1, annotation: anAnnotation(id, { session, ...rest }) });
  return { value, start, alert, close: () => running?.close(), logged: () => logged };
}

/** A new certificate for 127.0.0.1 and its key, as PEM. */
function certificateForLoopback(): { cert: string; key: string } {
  const request =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 1 -subj /CN=mosquitto -addext subjectAltName=IP:127.0.0.1';
  const text = execFileSync('openssl', [...request.split(' '), '-keyout', '-', '-out', '-'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  }).toString();
  const [cert = ''] = /-----BEGIN CERT[^]+?-----END CERT.*/.exec(text) ?? [];
  return { cert, key: text.replace(cert, '') };
}

/** A relay to a port of this machine whose connections can be cut without a goodbye. */
async function cuttable(port: number) {
  const sockets = new Set<Socket>();
  const relay = createServer((socket) => {
    const upstream = createConnection(port, '127.0.0.1');
    for (const [from, to] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      sockets.add(from);
      from.on('error', () => undefined).on('close', () => to.destroy());
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
    sockets.clear();
  };
  closing.push(() => {
    cut();
    relay.close();
  });
  return { url: `mqtt://127.0.0.1:${String((relay.address() as AddressInfo).port)}`, cut };
}

describe.skipIf(noMosquitto !== undefined)('with a real broker', () => {
  it('publishes alerts, availability and what Home Assistant needs; nothing of sessions of others', async () => {
    const { url } = await broker({ user: USER });
    const credentials = { username: USER.name, password: USER.password };
    const viewer = await watch(url, credentials);
    const { start, alert, value, close, logged } = await publisher({
      url,
      topic: 'home/mellm',
      ...credentials,
      sessions: ['Front Desk'],
      min_score: 0.5,
    });
    await expect.poll(() => value('mellm_mqtt_up')).toBe(1);
    start('own1', 'Front Desk');
    start('other', 'Front Desk');
    alert('own1', 'own1-1', { score: 0.9 });
    alert('own1', 'own1-2', { score: 0.4 });
    alert('other', 'other-1', { score: 0.9 });
    start('own2', 'Elsewhere');
    alert('own2', 'own2-1', { score: 0.9, emotion: null });
    await expect.poll(() => viewer.on('home/mellm/events').length).toBe(2);
    const ids = viewer.on('home/mellm/alert').map((payload) => (JSON.parse(payload) as { annotation: string }).annotation);
    expect(ids).toEqual(['own1-1', 'own2-1']);
    expect(viewer.on('home/mellm/session/front_desk/alert')).toHaveLength(1);
    const [first = '', second = ''] = viewer.on('home/mellm/alert');
    expect(JSON.parse(first)).toMatchObject({ event_type: 'micro', session: 'own1', name: 'Front Desk', score: 0.9 });
    expect(second).not.toContain('emotion');
    expect(durableEventSchema.parse(JSON.parse(viewer.on('home/mellm/events')[0] ?? ''))).toMatchObject({ session: 'own1' });
    await expect.poll(() => viewer.on('home/mellm/sessions')).toEqual(['0', '1', '2']);
    await expect.poll(() => value('mellm_mqtt_messages_total{result="delivered"}')).toBe(7);

    // Someone who subscribes later receives what was retained.
    const later = await watch(url, credentials);
    await expect.poll(() => later.on('home/mellm/sessions')).toEqual(['2']);
    expect(later.seen.every(({ retained }) => retained)).toBe(true);
    expect(later.on('home/mellm/available')).toEqual(['online']);
    const configs = later.seen.filter(({ topic }) => topic.startsWith('homeassistant/'));
    expect(configs.map(({ topic }) => topic).sort()).toEqual([
      'homeassistant/event/home_mellm/alert/config',
      'homeassistant/event/home_mellm/alert_front_desk/config',
      'homeassistant/sensor/home_mellm/sessions/config',
    ]);
    for (const { payload } of configs)
      expect(JSON.parse(payload)).toMatchObject({
        availability_topic: 'home/mellm/available',
        unique_id: expect.stringMatching(/^mellm-live_home_mellm_/),
        device: { identifiers: ['mellm-live_home_mellm'] },
      });
    await close();
    await expect.poll(() => viewer.on('home/mellm/available')).toEqual(['online', 'offline']);
    expect(logged()).not.toContain(USER.password);
  });

  it('keeps a bounded number of messages while the broker is away, and delivers them when it is back', async () => {
    const mosquitto = await broker();
    const { start, alert, value } = await publisher({ url: mosquitto.url, queue: 5 });
    await expect.poll(() => value('mellm_mqtt_up')).toBe(1);
    start('own1', 'Desk');
    await expect.poll(() => value('mellm_mqtt_messages_total{result="delivered"}')).toBe(1);
    await mosquitto.stop();
    await expect.poll(() => value('mellm_mqtt_up')).toBe(0);
    for (let i = 1; i <= 4; i++) alert('own1', `own1-${String(i)}`);
    expect(await value('mellm_mqtt_messages_total{result="dropped"}')).toBe(3);
    await mosquitto.start();
    await expect.poll(() => value('mellm_mqtt_messages_total{result="delivered"}'), { timeout: 60_000 }).toBe(6);
    expect(await value('mellm_mqtt_up')).toBe(1);
  });

  it('a server that vanishes is said to be offline by the broker, and online when it is back', async () => {
    const { url } = await broker();
    const viewer = await watch(url);
    const through = await cuttable(Number(new URL(url).port));
    await publisher({ url: through.url });
    await expect.poll(() => viewer.on('mellm-live/available')).toEqual(['online']);
    through.cut();
    await expect.poll(() => viewer.on('mellm-live/available')).toEqual(['online', 'offline', 'online']);
  });

  it('connects by TLS to a broker whose certificate it is given, and to no other; a refused password is not logged', async () => {
    const tls = certificateForLoopback();
    const mosquitto = await broker({ tls, user: USER });
    const ca = join(mosquitto.folder, 'cert.pem');
    const credentials = { username: USER.name, password: USER.password };
    const distrusting = await publisher({ url: mosquitto.url, ...credentials });
    const refused = await publisher({ url: mosquitto.url, ca, username: USER.name, password: 'wrong-battery' });
    const trusted = await publisher({ url: mosquitto.url, ca, ...credentials });
    await expect.poll(() => trusted.value('mellm_mqtt_up')).toBe(1);
    await expect.poll(distrusting.logged).toContain('MQTT broker not connected');
    await expect.poll(refused.logged).toContain('MQTT broker not connected');
    expect(distrusting.logged() + refused.logged()).not.toMatch(/correct-horse|wrong-battery/);
    expect(await distrusting.value('mellm_mqtt_up')).toBe(0);
  });
});

it('rejects addresses with credentials, wildcards, a password without a user, and two names for one topic', () => {
  for (const mqtt of [
    { url: 'mqtt://user:password@host' },
    { url: 'http://host' },
    { topic: 'a/#' },
    { password: 'secret' },
    { sessions: ['Front desk', 'front_desk'] },
  ])
    expect(() => loadConfig({ overrides: { mqtt } }), JSON.stringify(mqtt)).toThrow(/mqtt/);
  expect(loadConfig({}).mqtt.url).toBeUndefined();
});
