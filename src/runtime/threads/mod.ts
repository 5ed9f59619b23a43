export { WorkerClient } from './worker-client.js';
export { SupervisedWorker } from './supervised-worker.js';
export { OnDemandWorker } from './on-demand-worker.js';
export { RestartBackoff } from './restart-backoff.js';
export { serveWorker, type WorkerPort } from './serve-worker.js';
export type { CarrierKind } from './carrier.js';
export { WorkerError } from './worker-error.js';
export { abandoned, endProcess } from './abandoned.js';
