import { recordingSchema, UPLOAD_TYPE, type NewRecording, type RecordingView } from '../../../src/events/recording-schema.js';
import { authorization } from './access-token.js';
import { BackOff } from './back-off.js';
import { fetchOk, ProblemError } from './problem.js';

/** Bytes of one request: the first, the least and the most. What a connection takes in a few seconds is lost at most where it breaks. */
const FIRST_PIECE = 2 ** 20,
  LEAST_PIECE = 2 ** 16,
  MOST_PIECE = 2 ** 24;
/** Milliseconds that one request should take at most, and below which the next one carries more. */
const LONG = 8000,
  SHORT = 2000;

/** Options of {@link uploadRecording}. */
export interface UploadOptions {
  readonly signal: AbortSignal;
  /** The server has made room for it, under this id. */
  readonly onCreated: (recording: RecordingView) => void;
  /** Bytes that have arrived. */
  readonly onProgress: (bytes: number) => void;
  /** The connection broke, or the server has no room now: it is tried again. Undefined: it goes on. */
  readonly onWaiting?: (reason: string | undefined) => void;
  /** For tests. Default `fetch`. */
  readonly request?: typeof fetchOk;
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

async function readRecording(response: Response): Promise<RecordingView> {
  const parsed = recordingSchema.safeParse(await response.json().catch(() => undefined));
  if (!parsed.success)
    throw new ProblemError("The server's answer is not valid.", { code: 'unreadable', status: response.status, cause: parsed.error });
  return parsed.data;
}

/**
 * Uploads a file piece by piece, and goes on where it stood when the connection was broken or the server had no room. Resolves with its id
 * when all has arrived.
 *
 * @throws ProblemError where trying again would not help, or the signal's reason
 */
export async function uploadRecording(file: Blob, wanted: Omit<NewRecording, 'size'>, options: UploadOptions): Promise<string> {
  const { signal, onProgress, onWaiting, onCreated, request = fetchOk, backOff = new BackOff() } = options;
  /** Tries again for as long as that may help. */
  const persist = async <T>(attempt: () => Promise<T>): Promise<T> => {
    for (;;) {
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
    readRecording(
      await request('api/recordings', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...authorization() },
        body: JSON.stringify({ ...wanted, size: file.size }),
        signal,
      }),
    ),
  );
  onCreated(created);
  const { id } = created;
  let offset = 0,
    piece = FIRST_PIECE,
    largest = MOST_PIECE,
    certain = true;
  while (offset < file.size) {
    await persist(async () => {
      // After a failure only the server knows how much has arrived.
      if (!certain) offset = offsetOf(await request(path(id), { method: 'HEAD', headers: authorization(), signal }));
      certain = false;
      if (offset >= file.size) return;
      const began = performance.now();
      offset = offsetOf(
        await request(path(id), {
          method: 'PATCH',
          headers: { 'content-type': UPLOAD_TYPE, 'upload-offset': String(offset), ...authorization() },
          body: file.slice(offset, offset + piece),
          signal,
        }).catch((error: unknown) => {
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
    onProgress(offset);
  }
  return id;
}

function offsetOf(response: Response): number {
  const offset = Number(response.headers.get('upload-offset') ?? Number.NaN);
  if (!Number.isSafeInteger(offset) || offset < 0)
    throw new ProblemError("The server's answer is not valid.", { code: 'unreadable', status: response.status });
  return offset;
}

/** What has become of a recording. @throws ProblemError with status 404 where it is not known any more */
export async function getRecording(id: string, signal?: AbortSignal): Promise<RecordingView> {
  return readRecording(await fetchOk(path(id), { headers: authorization(), ...(signal ? { signal } : {}) }));
}

/** Cancels a recording and lets the server delete it; also while the page is left. */
export async function deleteRecording(id: string): Promise<void> {
  await fetchOk(path(id), { method: 'DELETE', headers: authorization(), keepalive: true });
}
