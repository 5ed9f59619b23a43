import { WorkerClient, WorkerError } from '../../runtime/threads/mod.js';
import type { EndReason, FrameSource, SourceListener, VideoFormat } from '../contract.js';
import { deliver } from '../source-events.js';
import { FileError } from './file-error.js';
import { SOUND, type FileHealth } from './file-health.js';
import { ACKED, STOP, type FileEvents, type FileHandlers, type FileInfo, type FileWorkerData } from './file-protocol.js';

export interface OpenFileOptions {
  /** Frames that may be sent beyond those acknowledged. Default 4. */
  readonly credit?: number;
  /** Frames a second, in place of the file's own timestamps: lab recordings often claim a wrong rate. Default the file's own. */
  readonly fps?: number;
  /** Pixels; larger pictures are scaled down. Default 4096. */
  readonly maxWidth?: number;
  /** Pixels. Default 4096. */
  readonly maxHeight?: number;
}

/** A recorded file as a source; sends every frame that can be decoded, upright. */
export interface FileSource extends FrameSource {
  readonly kind: 'file';
  readonly lossless: true;
  /** Upright. */
  readonly format: VideoFormat;
  /** Seconds, by the clock that the frames have; undefined where the file does not say. */
  readonly duration?: number;
  /** An estimate where the container does not count them. */
  readonly frames?: number;
  /** Frames a second that the file plays on average, where it says. */
  readonly fps?: number;
  /** What was found out while reading, so far. */
  readonly health: FileHealth;
}

/**
 * Opens a recorded file (MP4, MOV, WebM, AVI and others that FFmpeg reads) in a thread of its own.
 *
 * @throws FileError when it isn't there, can't be read, or holds no video that can be decoded
 */
export async function openFile(path: string, options: OpenFileOptions = {}): Promise<FileSource> {
  const { credit = 4, fps, maxWidth = 4096, maxHeight = 4096 } = options;
  if (fps !== undefined && !(fps > 0 && fps <= 10_000)) throw new RangeError('fps must be a positive number');
  if (!Number.isInteger(credit) || credit < 1) throw new RangeError('credit must be a positive whole number');
  const shared = new SharedArrayBuffer(8);
  let source: WorkerFileSource | undefined;
  const client = await WorkerClient.start<FileHandlers>(new URL('./file.worker.ts', import.meta.url), {
    name: 'file',
    data: { path, fps, credit, maxWidth, maxHeight, shared } satisfies FileWorkerData,
    onEvent: (event, args) => {
      source?.onEvent(event as keyof FileEvents, args);
    },
    onExit: (error) => {
      source?.onExit(error);
    },
  });
  try {
    const info = await client.call('open', []);
    source = new WorkerFileSource(client, shared, info, fps);
    return source;
  } catch (error) {
    await client.close();
    if (error instanceof WorkerError && FileError.is(error.code)) throw new FileError(error.code, error.message, { cause: error });
    throw error;
  }
}

class WorkerFileSource implements FileSource {
  readonly kind = 'file';
  readonly lossless = true;
  readonly format: VideoFormat;
  readonly duration?: number;
  readonly frames?: number;
  readonly fps?: number;
  readonly #client: WorkerClient<FileHandlers>;
  readonly #state: Int32Array;
  #health = SOUND;
  #listener: SourceListener | undefined;
  #wanted: EndReason | undefined;
  #ended = false;
  /** The thread is being closed without having been started. */
  #released = false;

  constructor(client: WorkerClient<FileHandlers>, shared: SharedArrayBuffer, info: FileInfo, fps: number | undefined) {
    this.#client = client;
    this.#state = new Int32Array(shared);
    this.format = info.format;
    if (info.frames !== undefined) this.frames = info.frames;
    if (info.fps !== undefined) this.fps = info.fps;
    const duration = fps !== undefined && info.frames !== undefined ? info.frames / fps : info.duration;
    if (duration !== undefined) this.duration = duration;
  }

  get health(): FileHealth {
    return this.#health;
  }

  start(listener: SourceListener): void {
    if (this.#listener) throw new Error('a source may be started once');
    this.#listener = listener;
    if (this.#wanted !== undefined) {
      this.#end(this.#wanted, undefined);
      return;
    }
    this.#client.call('run', []).catch((error: unknown) => {
      this.#end(this.#wanted ?? 'failed', (error as Error).message);
    });
  }

  ack(): void {
    Atomics.add(this.#state, ACKED, 1);
    Atomics.notify(this.#state, ACKED);
  }

  close(reason: EndReason): void {
    if (this.#wanted !== undefined || this.#ended) return;
    this.#wanted = reason;
    Atomics.store(this.#state, STOP, 1);
    Atomics.notify(this.#state, ACKED);
    // A thread that was never started has nothing to finish.
    if (this.#listener) return;
    this.#released = true;
    void this.#client
      .call('release', [])
      .catch(() => undefined)
      .then(() => this.#client.close());
  }

  /** @internal */
  onEvent(event: keyof FileEvents, args: readonly unknown[]): void {
    if (this.#ended) return;
    if (event === 'health') {
      [this.#health] = args as FileEvents['health'];
      return;
    }
    const [sourceEvent] = args as FileEvents['source'];
    if (sourceEvent.type === 'end')
      this.#end(this.#wanted ?? sourceEvent.reason, this.#wanted === undefined ? sourceEvent.message : undefined);
    // After `close` only `end` is of interest.
    else if (this.#wanted === undefined) deliver(this.#listener, sourceEvent);
  }

  /** @internal */
  onExit(error: WorkerError | undefined): void {
    this.#end(
      this.#wanted ?? 'failed',
      error?.message ?? (this.#wanted === undefined ? 'the thread that reads the file ended before the file did; run it again' : undefined),
    );
  }

  #end(reason: EndReason, message: string | undefined): void {
    if (this.#ended || !this.#listener) return;
    this.#ended = true;
    if (!this.#released) void this.#client.close();
    deliver(this.#listener, { type: 'end', reason, message });
  }
}
