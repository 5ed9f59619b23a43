import { serveWorker } from '../../dist/src/runtime/threads/mod.js';

await serveWorker(() => ({
  echo: (value) => value,
  never: () => new Promise(() => undefined),
  crash: () => {
    setTimeout(() => {
      throw new Error('crashed by a test');
    }, 0);
  },
  hang: () => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
}));
