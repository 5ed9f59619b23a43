/** An installation of several processes over NATS; loaded only where `bus.url` is set. */
export { Cluster, type ClusterOptions } from './cluster.js';
export type { Command } from './control.js';
export type { SharedTickets } from './shared-tickets.js';
export type { SignallingRequest, SignallingResponse, Signalling } from './signalling.js';
