import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { serveWorker } from '../../dist/src/runtime/threads/mod.js';

/** A receiver of publishers that receives nothing. The folder it is started with lists its starts, and may order it to fail. */
await serveWorker(({ data: { folder } }) => {
  appendFileSync(join(folder, 'starts'), `${process.pid}\n`);
  if (existsSync(join(folder, 'fail'))) process.exit(1);
  if (existsSync(join(folder, 'hang'))) return new Promise(() => undefined);
  return {
    publish: (id) => ({ answer: `answer ${id}`, etag: '"x"' }),
    close: () => undefined,
    stall: () => {
      for (;;);
    },
  };
});
