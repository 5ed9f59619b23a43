export { WorkerClient, type WorkerClientOptions } from './worker-client.js';
export { serveWorker, type WorkerHandlers, type WorkerPort } from './serve-worker.js';
export { WorkerError } from './worker-error.js';
