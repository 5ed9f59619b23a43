import { signal, type Signal } from '@preact/signals';
import type { RecordingView } from '../../../src/events/recording-schema.js';
import { BackOff, ProblemError, type MellmClient } from '../../../clients/javascript/src/index.js';
import { mellm } from '../net/mellm.js';

/** How far a recording is, in the page's words. */
export interface RecordingStatus {
  readonly phase: 'queued' | 'uploading' | 'waiting' | 'analyzing' | 'done' | 'failed';
  /** 0..1; undefined where it can't be known. */
  readonly share?: number | undefined;
  /** Times as fast as it plays. */
  readonly speed?: number | undefined;
  /** Why it failed, or for what it waits. */
  readonly message?: string | undefined;
  readonly warnings?: readonly string[] | undefined;
}

/** A file that was opened in this page. */
export interface OpenedRecording {
  readonly key: number;
  readonly file: File;
  readonly status: Signal<RecordingStatus>;
  /** Id of the recording and of its session, once the server has made room for it. */
  readonly id: Signal<string | undefined>;
  /** Seconds on a player's clock at which media time 0 is. */
  start: number;
  readonly cancelling: AbortController;
}

/** What the queue asks of the server; replaced in tests. */
export type RecordingServer = Pick<MellmClient, 'upload' | 'recording' | 'deleteRecording'>;

/** Options of {@link RecordingQueue}. */
export interface RecordingQueueOptions {
  /** Name of the sessions; empty: the files'. */
  readonly sessionName: () => string;
  /** The server begins to analyse one. */
  readonly onAnalyzing: (recording: OpenedRecording) => void;
  readonly server?: RecordingServer;
  /** Milliseconds between two questions to the server. Default 1000. */
  readonly interval?: number;
}

/** Recordings opened in this page: uploaded one after the other, while the server analyses what it has. */
export class RecordingQueue {
  readonly all = signal<readonly OpenedRecording[]>([]);
  readonly #options: Required<RecordingQueueOptions>;
  #keys = 0;
  #uploading = false;

  constructor(options: RecordingQueueOptions) {
    this.#options = { server: mellm, interval: 1000, ...options };
  }

  add(files: readonly File[]): readonly OpenedRecording[] {
    const added = files.map((file): OpenedRecording => ({
      key: this.#keys++,
      file,
      status: signal<RecordingStatus>({ phase: 'queued' }),
      id: signal<string | undefined>(undefined),
      start: 0,
      cancelling: new AbortController(),
    }));
    this.all.value = [...this.all.peek(), ...added];
    void this.#work();
    return added;
  }

  /** The recording of a session. */
  bySession(session: string): OpenedRecording | undefined {
    return this.all.peek().find(({ id }) => id.peek() === session);
  }

  /** Takes a recording off the list; one in work is cancelled, here and on the server. */
  remove(recording: OpenedRecording): void {
    const { phase } = recording.status.peek();
    const id = recording.id.peek();
    recording.cancelling.abort(new DOMException('Cancelled.', 'AbortError'));
    this.all.value = this.all.peek().filter((one) => one !== recording);
    if (id !== undefined && phase !== 'done' && phase !== 'failed') void this.#options.server.deleteRecording(id).catch(() => undefined);
  }

  /** The page is left: nobody would go on with what is not uploaded. What the server has is analysed. */
  leave(): void {
    for (const recording of this.all.peek()) if (['queued', 'uploading'].includes(recording.status.peek().phase)) this.remove(recording);
  }

  async #work(): Promise<void> {
    if (this.#uploading) return;
    this.#uploading = true;
    try {
      for (;;) {
        const next = this.all.peek().find(({ status }) => status.peek().phase === 'queued');
        if (!next) return;
        await this.#upload(next);
      }
    } finally {
      this.#uploading = false;
    }
  }

  async #upload(recording: OpenedRecording): Promise<void> {
    const { file, status, id, cancelling } = recording;
    const session = this.#options.sessionName();
    status.value = { phase: 'uploading', share: 0 };
    try {
      if (file.size === 0) throw new ProblemError('The file is empty.', { code: 'empty', status: 400 });
      await this.#options.server.upload(
        file,
        { name: file.name.slice(0, 255), ...(session === '' ? {} : { session: session.slice(0, 128) }) },
        {
          signal: cancelling.signal,
          onCreated: (created) => {
            id.value = created.id;
          },
          onProgress: (bytes) => {
            status.value = { phase: 'uploading', share: bytes / file.size };
          },
          onWaiting: (reason) => {
            if (reason !== status.peek().message) status.value = { ...status.peek(), message: reason };
          },
        },
      );
      status.value = { phase: 'waiting' };
      void this.#follow(recording);
    } catch (error) {
      if (!cancelling.signal.aborted) status.value = { phase: 'failed', message: error instanceof Error ? error.message : String(error) };
    }
  }

  /** Asks the server until the recording is analysed. */
  async #follow(recording: OpenedRecording): Promise<void> {
    const {
      status,
      id,
      cancelling: { signal: cancelled },
    } = recording;
    const backOff = new BackOff();
    while (!cancelled.aborted) {
      let delay = this.#options.interval;
      try {
        this.#take(recording, await this.#options.server.recording(id.peek() ?? '', cancelled));
        backOff.reset();
        const { phase } = status.peek();
        if (phase === 'done' || phase === 'failed') return;
      } catch (error) {
        if (isAborted(cancelled)) return;
        if (!(error instanceof ProblemError) || !error.mayRetry) {
          status.value = {
            phase: 'failed',
            message:
              error instanceof ProblemError && error.status === 404
                ? 'The server no longer has this recording; open it again.'
                : (error as Error).message,
          };
          return;
        }
        delay = backOff.next(error.retryAfter);
      }
      await new Promise((resolve) => setTimeout(resolve, delay));
    }
  }

  #take(recording: OpenedRecording, { state, progress, position, error, warnings, start }: RecordingView): void {
    const { status } = recording;
    const before = status.peek().phase;
    recording.start = start ?? 0;
    if (state === 'failed') status.value = { phase: 'failed', message: error?.message, warnings };
    else if (state === 'done') status.value = { phase: 'done', warnings };
    // The session begins once the file is open.
    else if (state === 'analyzing' && progress)
      status.value = { phase: 'analyzing', share: progress.share ?? undefined, speed: progress.speed };
    else status.value = { phase: 'waiting', message: position === null || position === 0 ? undefined : `${String(position)} before it` };
    const { phase } = status.peek();
    // A short recording is done before it was seen being analysed.
    if (before !== 'analyzing' && (phase === 'analyzing' || phase === 'done')) this.#options.onAnalyzing(recording);
  }
}

/** A question of its own: the compiler does not see that a signal changes while somebody waits. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
