import { slug } from '../../common/slug.js';
import { kindSchema } from '../../events/mod.js';
import type { Message } from './broker-link.js';
import { topicsBelow } from './topics.js';

export interface DiscoveryOptions {
  /** Home Assistant's own prefix. */
  readonly prefix: string;
  readonly topic: string;
  readonly version: string;
  /** Names of sessions with an entity of their own. */
  readonly sessions: readonly string[];
}

/** Retained messages by which Home Assistant makes a device with its entities (MQTT discovery). */
export function discoveryMessages({ prefix, topic, version, sessions }: DiscoveryOptions): Message[] {
  const topics = topicsBelow(topic);
  const node = slug(topic);
  const shared = {
    availability_topic: topics.available,
    origin: { name: 'mellm-live', sw_version: version },
    device: { identifiers: [`mellm-live_${node}`], name: topic, manufacturer: 'mellm-live', model: 'live server', sw_version: version },
  };
  const entity = (component: string, id: string, config: object): Message => ({
    topic: `${prefix}/${component}/${node}/${id}/config`,
    payload: JSON.stringify({ ...config, unique_id: `mellm-live_${node}_${id}`, ...shared }),
    retain: true,
  });
  const alert = { event_types: kindSchema.options, icon: 'mdi:face-recognition', qos: 1 };
  return [
    entity('event', 'alert', { name: 'Alert', state_topic: topics.alert, ...alert }),
    ...sessions.map((name) =>
      entity('event', `alert_${slug(name)}`, { name: `Alert: ${name}`, state_topic: topics.alertOf(name), ...alert }),
    ),
    entity('sensor', 'sessions', {
      name: 'Live sessions',
      state_topic: topics.sessions,
      state_class: 'measurement',
      entity_category: 'diagnostic',
      icon: 'mdi:video',
    }),
  ];
}
