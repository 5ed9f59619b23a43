import { hasNatsServer } from '../../lab/bench/bus/nats-server.js';

export { NatsServer } from '../../lab/bench/bus/nats-server.js';

/** Why tests against a real nats-server are left out here; undefined where they run. */
export const noNatsServer = hasNatsServer()
  ? undefined
  : 'nats-server is not installed: apt-get install nats-server, or see https://nats.io/download';
