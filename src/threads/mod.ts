export { WorkerClient, type WorkerClientOptions } from './worker-client.js';
export { serveWorker, type WorkerHandlers } from './serve-worker.js';
export { WorkerError } from './worker-error.js';
