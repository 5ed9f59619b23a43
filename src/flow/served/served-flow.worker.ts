import { serveWorker } from '../../runtime/threads/mod.js';
import { buffersOf } from '../flow-messages.js';
import { infer, look } from './open-inference.js';
import type { ServedHandlers } from './served-messages.js';

/** The thread that talks to a server: megabytes of numbers are written and read here, not where sockets and sessions are. */
await serveWorker<ServedHandlers>((port) => ({
  look: (target) => look(target),
  async run(target, binary, pairs, size) {
    const answer = await infer(target, binary, pairs, size);
    return port.transfer(
      answer,
      answer.estimates.flatMap((estimate) => (estimate ? buffersOf(estimate) : [])),
    );
  },
}));
