import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { packageVersion, ConfigError, type Config } from '../../config/mod.js';
import type { EventBus } from '../../events/bus/mod.js';
import type { DurableEvent } from '../../events/mod.js';
import { LogThrottle, type Logger, type Metrics } from '../../telemetry/mod.js';
import { onOwnEvents } from '../sessions/own-events.js';
import type { SessionRegistry } from '../sessions/session-registry.js';
import { wants } from '../sessions/wants.js';
import { alertMessage } from './alert-message.js';
import { BrokerLink, type Message } from './broker-link.js';
import { discoveryMessages } from './discovery.js';
import { topicsBelow } from './topics.js';

/** Milliseconds between two log lines while the broker is away. */
const LOG_INTERVAL_MS = 60_000;

export interface MqttOptions {
  readonly bus: Pick<EventBus, 'subscribe'>;
  readonly metrics: Pick<Metrics, 'mqttUp' | 'mqttMessages'>;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly registry: Pick<SessionRegistry, 'get'>;
}

/** Publishes findings to the broker in the settings. The client is loaded only if there is one. @throws ConfigError */
export async function startMqtt(settings: Config['mqtt'], options: MqttOptions): Promise<{ close(): Promise<void> } | undefined> {
  if (settings.url === undefined) return undefined;
  const { bus, metrics, log, registry } = options;
  const { connect } = await import('mqtt');
  const topics = topicsBelow(settings.topic);
  const live = new Set<string>();
  const liveSessions = (): Message => ({ topic: topics.sessions, payload: String(live.size), retain: true });
  const throttle = new LogThrottle(LOG_INTERVAL_MS);
  metrics.mqttUp.set(0);
  const link = new BrokerLink({
    url: settings.url,
    client: await clientOptions(settings),
    connect,
    queue: settings.queue,
    greeting: () => [...discovery(settings), { topic: topics.available, payload: 'online', retain: true }, liveSessions()],
    goodbye: { topic: topics.available, payload: 'offline', retain: true },
    onResult: (result) => {
      metrics.mqttMessages.inc({ result });
    },
    onState: (connected, reason) => {
      metrics.mqttUp.set(connected ? 1 : 0);
      if (connected) log.info('MQTT broker connected');
      else {
        const more = throttle.pass('disconnected');
        if (more) log.warn({ reason, ...more }, 'MQTT broker not connected; retrying');
      }
    },
  });
  const leave = onOwnEvents(bus, registry, (event, name) => {
    if (event.type === 'session.started') live.add(event.session);
    if (event.type === 'session.ended') live.delete(event.session);
    if (event.type === 'session.started' || event.type === 'session.ended') link.send(liveSessions());
    for (const message of messagesOf(settings, event, name)) link.send(message);
  });
  return {
    close: () => {
      leave();
      return link.close();
    },
  };
}

/** What is published of an event. */
function messagesOf(settings: Config['mqtt'], event: DurableEvent, name: string): Message[] {
  const topics = topicsBelow(settings.topic);
  const messages: Message[] = [];
  if (event.type === 'annotation.closed' && wants({ ...settings, events: ['annotation.closed'] }, event, name)) {
    const payload = JSON.stringify(alertMessage(event.annotation, name));
    messages.push({ topic: topics.alert, payload });
    if (settings.sessions.includes(name)) messages.push({ topic: topics.alertOf(name), payload });
  }
  if (wants(settings, event, name)) messages.push({ topic: topics.events, payload: JSON.stringify(event) });
  return messages;
}

const discovery = ({ discovery: wanted, discovery_prefix: prefix, topic, sessions }: Config['mqtt']): Message[] =>
  wanted ? discoveryMessages({ prefix, topic, sessions, version: packageVersion() }) : [];

async function clientOptions({ topic, username, password, ca }: Config['mqtt']) {
  return {
    clientId: `mellm-live-${randomBytes(6).toString('hex')}`,
    connectTimeout: 10_000,
    keepalive: 30,
    will: { topic: topicsBelow(topic).available, payload: Buffer.from('offline'), qos: 1 as const, retain: true },
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(ca === undefined ? {} : { ca: await certificate(ca) }),
  };
}

async function certificate(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new ConfigError(`mqtt.ca: ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
