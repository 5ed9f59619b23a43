import type { NewRecording, RecordingView, UPLOAD_TYPE as UploadType } from '../../../src/events/recording-schema.js';
import { BackOff } from './back-off.js';
import { ProblemError } from './problem.js';
import type { Requests } from './requests.js';

const UPLOAD_TYPE: typeof UploadType = 'application/offset+octet-stream';

/** Bytes of one request: the first, the least and the most. What a connection takes in a few seconds is lost at most where it breaks. */
const FIRST_PIECE = 2 ** 20,
  LEAST_PIECE = 2 ** 16,
  MOST_PIECE = 2 ** 24;
/** Milliseconds that one request should take at most, and below which the next one carries more. */
const LONG = 8000,
  SHORT = 2000;

/** Options of `MellmClient.upload`. */
export interface UploadOptions {
  /** Stops the upload. */
  readonly signal?: AbortSignal;
  /** The server has made room for it, under this id. */
  readonly onCreated?: (recording: RecordingView) => void;
  /** Bytes that have arrived. */
  readonly onProgress?: (bytes: number) => void;
  /** The connection broke, or the server has no room now: it is tried again. Undefined: it goes on. */
  readonly onWaiting?: (reason: string | undefined) => void;
  readonly backOff?: BackOff;
}

const path = (id: string): string => `api/recordings/${encodeURIComponent(id)}`;

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

/**
 * Uploads a file piece by piece, and goes on where it stood when the connection was broken or the server had no room. Resolves with its id
 * when all has arrived.
 *
 * @throws ProblemError where trying again would not help, or the signal's reason
 */
export async function uploadRecording(
  file: Blob,
  wanted: Omit<NewRecording, 'size'>,
  requests: Pick<Requests, 'send' | 'read'>,
  options: UploadOptions = {},
): Promise<string> {
  const { signal = new AbortController().signal, onProgress, onWaiting, onCreated, backOff = new BackOff() } = options;
  /** Tries again for as long as that may help. */
  const persist = async <T>(attempt: () => Promise<T>): Promise<T> => {
    for (;;) {
      signal.throwIfAborted();
      try {
        const result = await attempt();
        backOff.reset();
        onWaiting?.(undefined);
        return result;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof ProblemError) || !error.mayRetry) throw error;
        onWaiting?.(error.message);
        await wait(backOff.next(error.retryAfter), signal);
      }
    }
  };
  const created = await persist(async () =>
    requests.read(
      'recording',
      await requests.send('api/recordings', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...wanted, size: file.size }),
        // Not the signal: a request that is broken off may have made room already, for an id that nobody knows.
      }),
    ),
  );
  const { id } = created;
  if (signal.aborted) {
    await requests.send(path(id), { method: 'DELETE' }).catch(() => undefined);
    signal.throwIfAborted();
  }
  onCreated?.(created);
  let offset = 0,
    piece = FIRST_PIECE,
    largest = MOST_PIECE,
    certain = true;
  while (offset < file.size) {
    await persist(async () => {
      // After a failure only the server knows how much has arrived.
      if (!certain) offset = offsetOf(await requests.send(path(id), { method: 'HEAD', signal }));
      certain = false;
      if (offset >= file.size) return;
      const began = performance.now();
      offset = offsetOf(
        await requests
          .send(path(id), {
            method: 'PATCH',
            headers: { 'content-type': UPLOAD_TYPE, 'upload-offset': String(offset) },
            body: file.slice(offset, offset + piece),
            signal,
          })
          .catch((error: unknown) => {
            const tried = piece;
            piece = Math.max(LEAST_PIECE, piece / 2);
            // A proxy that takes no body of this size.
            const proxy = error instanceof ProblemError && error.status === 413 && error.code !== 'too_large' && tried > LEAST_PIECE;
            if (proxy) largest = piece;
            // Somebody else's bytes, or ours that were late: HEAD will tell.
            if (error instanceof ProblemError && (proxy || error.status === 409))
              throw new ProblemError(error.message, { code: error.code, status: 0, cause: error });
            throw error;
          }),
      );
      certain = true;
      const took = performance.now() - began;
      if (took < SHORT) piece = Math.min(largest, piece * 2);
      else if (took > LONG) piece = Math.max(LEAST_PIECE, piece / 2);
    });
    onProgress?.(offset);
  }
  return id;
}

function offsetOf(response: Response): number {
  const offset = Number(response.headers.get('upload-offset') ?? Number.NaN);
  if (!Number.isSafeInteger(offset) || offset < 0)
    throw new ProblemError("The server's answer is not valid.", { code: 'unreadable', status: response.status });
  return offset;
}
