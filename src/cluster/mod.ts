/** An installation of several processes over NATS; loaded only where `bus.url` is set. */
export { Cluster } from './cluster.js';
export type { SignallingRequest, SignallingResponse, Signalling } from './signalling.js';
