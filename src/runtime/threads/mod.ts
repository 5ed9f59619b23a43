export { WorkerClient, type WorkerClientOptions } from './worker-client.js';
export { SupervisedWorker, type SupervisedWorkerOptions } from './supervised-worker.js';
export { serveWorker, type WorkerHandlers, type WorkerPort } from './serve-worker.js';
export type { CarrierKind } from './carrier.js';
export { WorkerError } from './worker-error.js';
export { abandoned, endProcess } from './abandoned.js';
