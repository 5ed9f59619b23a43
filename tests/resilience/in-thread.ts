import { Session } from 'node:inspector';

/** Throws where nobody catches it. */
export const CRASH = 'setTimeout(() => { throw new Error("crashed by a test"); }, 0)';
/** Never comes back, and takes no message. */
export const HANG = 'setTimeout(() => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); }, 0)';

/**
 * Runs an expression in the worker threads of this process whose file ends in `file`, by the inspector (domain NodeWorker): faults can be
 * caused without a door for them in the product. Resolves with the number of threads.
 */
export async function inThread(file: string, expression: string): Promise<number> {
  const session = new Session();
  session.connect();
  const found: string[] = [];
  session.on('NodeWorker.attachedToWorker', ({ params }) => { if (params.workerInfo.url.endsWith(file)) found.push(params.sessionId); });
  await new Promise<void>((resolve, reject) => {
    session.post('NodeWorker.enable', { waitForDebuggerOnStart: false }, (error) => { if (error) reject(error); else resolve(); });
  });
  await new Promise((resolve) => { setTimeout(resolve, 100); });
  for (const sessionId of found) {
    const message = JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression } });
    session.post('NodeWorker.sendMessageToWorker', { sessionId, message });
  }
  await new Promise((resolve) => { setTimeout(resolve, 200); });
  session.disconnect();
  return found.length;
}
