import { Session } from 'node:inspector';

/** Throws where nobody catches it. */
export const CRASH = 'setTimeout(() => { throw new Error("crashed by a test"); }, 0)';
/** Never comes back, and takes no message. */
export const HANG = 'setTimeout(() => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); }, 0)';

/** Does nothing for so many milliseconds, and takes no message meanwhile. */
export const sleep = (ms: number): string =>
  `setTimeout(() => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${String(ms)}); }, 0)`;

/** How long a thread that lives may take to answer, ms. */
const ANSWER = 2000;

/**
 * Runs an expression in the worker threads of this process whose file ends in `file` (`.js`, also where it runs from its source), by the inspector (domain NodeWorker): faults can be
 * caused without a door for them in the product. Resolves with the number of threads that took it; those that hang since an earlier fault
 * don't.
 */
export async function inThread(file: string, expression: string): Promise<number> {
  const session = new Session();
  session.connect();
  const found: string[] = [];
  const answered = new Set<string>();
  session.on('NodeWorker.attachedToWorker', ({ params }) => {
    if (params.workerInfo.url.replace(/\.ts$/, '.js').endsWith(file)) found.push(params.sessionId);
  });
  session.on('NodeWorker.receivedMessageFromWorker', ({ params }) => {
    if ((JSON.parse(params.message) as { id?: number }).id === 1) answered.add(params.sessionId);
  });
  await new Promise<void>((resolve, reject) => {
    session.post('NodeWorker.enable', { waitForDebuggerOnStart: false }, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
  await new Promise((resolve) => {
    setTimeout(resolve, 100);
  });
  const evaluate = (sessionId: string, id: number, what: string): void => {
    session.post('NodeWorker.sendMessageToWorker', {
      sessionId,
      message: JSON.stringify({ id, method: 'Runtime.evaluate', params: { expression: what, awaitPromise: true } }),
    });
  };
  // The inspector gets an answer even out of a thread that hangs; a timer doesn't.
  for (const sessionId of found) evaluate(sessionId, 1, 'new Promise((resolve) => { setTimeout(resolve, 0); })');
  for (const deadline = Date.now() + ANSWER; answered.size < found.length && Date.now() < deadline;)
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  for (const sessionId of answered) evaluate(sessionId, 2, expression);
  await new Promise((resolve) => {
    setTimeout(resolve, 200);
  });
  session.disconnect();
  return answered.size;
}
