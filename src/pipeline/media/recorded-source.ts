import { constants, setPriority } from 'node:os';
import type { EndReason, SourceEvent, SourceListener, VideoFormat } from '../../ingest/contract.js';
import { FileError, type FileHealth } from '../../ingest/mod.js';
import { WorkerClient, WorkerError } from '../../runtime/threads/mod.js';
import type { CropPair } from '../vision/vision.js';
import type { AnalyzingSource } from './analyzed-source.js';
import { mediaEnv, V8_FLAGS } from './media-env.js';
import type { SourceMessage } from './media-protocol.js';
import type { RecordingEvents, RecordingHandlers, RecordingInfo, RecordingProcessData } from './recording-protocol.js';

export interface OpenRecordingOptions {
  readonly path: string;
  /** What people know the file by; stands in messages in place of the path. */
  readonly name: string;
  /** Faces followed. */
  readonly maxFaces: number;
  /** Whether the spotter's network runs on every face. */
  readonly learned: boolean;
  /** Milliseconds without a sign of life after which the process is killed. Default 15 000. */
  readonly hangTimeout?: number;
  /** Milliseconds without a frame, while one may be sent, after which reading times out. Default 60 000. */
  readonly stallTimeout?: number;
}

/** How a recording's source ended. */
export interface RecordingEnd {
  readonly reason: EndReason;
  readonly message: string | undefined;
}

/**
 * Opens a recording in a process of its own, which decodes and analyses it as `analyze` does: the same reader, the same tracker, frame by
 * frame in order. The process is started with low priority, since live video can't wait and a recording can.
 *
 * @throws FileError when it holds no video that can be decoded; WorkerError where the process dies of it
 */
export async function openRecording(options: OpenRecordingOptions): Promise<RecordedSource> {
  const { path, name, maxFaces, learned, hangTimeout = 15_000, stallTimeout = 60_000 } = options;
  let source: RecordedSource | undefined;
  const client = await WorkerClient.start<RecordingHandlers>(new URL('./recording.worker.ts', import.meta.url), {
    name: 'recording',
    carrier: 'process',
    env: mediaEnv(),
    flags: [...V8_FLAGS],
    data: { path, vision: { learned }, maxFaces } satisfies RecordingProcessData,
    onEvent: (event, args) => {
      source?.receive(event, args);
    },
    onExit: (error) => {
      source?.lost(error);
    },
  });
  yieldToLive(client.pid);
  client.watch(hangTimeout);
  const said = (message: string): string => message.replaceAll(path, name);
  try {
    source = new RecordedSource(client, await client.call('open', []), { said, stallTimeout });
    return source;
  } catch (error) {
    await client.close();
    if (error instanceof WorkerError && FileError.is(error.code)) throw new FileError(error.code, said(error.message), { cause: error });
    throw error;
  }
}

function yieldToLive(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    /* gone already, or not allowed here: it runs as everything else does */
  }
}

/** A recorded file whose frames are analysed in the process that decodes them: results come in place of frames, and none is left out. */
export class RecordedSource implements AnalyzingSource {
  readonly kind = 'file';
  readonly lossless = true;
  readonly format: VideoFormat;
  /** Seconds, where the file says. */
  readonly duration: number | undefined;
  readonly #client: WorkerClient<RecordingHandlers>;
  readonly #said: (message: string) => string;
  readonly #stallTimeout: number;
  #health: FileHealth | undefined;
  #listener: SourceListener | undefined;
  #wanted: EndReason | undefined;
  #end: RecordingEnd | undefined;
  #lost: WorkerError | undefined;
  #unacknowledged = 0;
  #heardAt = performance.now();
  #stall: NodeJS.Timeout | undefined;

  /** @internal by {@link openRecording} */
  constructor(
    client: WorkerClient<RecordingHandlers>,
    info: RecordingInfo,
    { said, stallTimeout }: { readonly said: (message: string) => string; readonly stallTimeout: number },
  ) {
    this.#client = client;
    this.#said = said;
    this.#stallTimeout = stallTimeout;
    this.format = info.format;
    this.duration = info.duration;
  }

  /** What was found out about the file so far; undefined before the first report. */
  get health(): FileHealth | undefined {
    return this.#health;
  }

  /** How it ended; undefined while it runs. */
  get end(): RecordingEnd | undefined {
    return this.#end;
  }

  /** Of the process that analyses it. */
  get pid(): number | undefined {
    return this.#client.pid;
  }

  start(listener: SourceListener): void {
    if (this.#listener) throw new Error('a source may be started once');
    this.#listener = listener;
    if (this.#lost) {
      this.lost(this.#lost);
      return;
    }
    if (this.#wanted !== undefined) {
      this.#finish(this.#wanted, undefined);
      return;
    }
    this.#heardAt = performance.now();
    this.#stall = setInterval(
      () => {
        this.#checkStall();
      },
      Math.max(10, this.#stallTimeout / 10),
    ).unref();
    this.#client.call('run', []).catch((error: unknown) => {
      this.#finish(this.#wanted ?? 'failed', (error as Error).message);
    });
  }

  ack(): void {
    this.#unacknowledged--;
    this.#heardAt = performance.now();
    void this.#client.call('ack', []).catch(() => undefined);
  }

  close(reason: EndReason): void {
    if (this.#wanted !== undefined || this.#end) return;
    this.#wanted = reason;
    // One that hangs is killed by its watch, which ends the source too.
    void this.#client.call('stop', [reason]).catch(() => undefined);
  }

  crops(face: string, onset: number, apex: number, asOf: number): Promise<CropPair | undefined> {
    return this.#client.call('crops', [face, onset, apex, asOf]);
  }

  /** Ends the process; after the last crops were asked for. */
  release(): void {
    void this.#client.close();
  }

  /** @internal */
  receive(event: string, args: readonly unknown[]): void {
    if (this.#end) return;
    this.#heardAt = performance.now();
    if (event === 'health') {
      [this.#health] = args as RecordingEvents['health'];
      return;
    }
    const [message] = args as RecordingEvents['source'];
    if (message.type === 'end') this.#finish(this.#wanted ?? message.reason, this.#wanted === undefined ? message.message : undefined);
    // After `close` only `end` is of interest.
    else if (this.#wanted === undefined) this.#pass(message);
  }

  /** @internal The process is gone. */
  lost(error: WorkerError | undefined): void {
    this.#lost = error ?? new WorkerError('worker_closed', 'the process that analyses the recording was closed');
    if (this.#listener)
      this.#finish(
        this.#wanted ?? 'media_process_died',
        this.#wanted === undefined
          ? "the process that analyses the recording died; the file may be damaged in a way that the decoder can't take"
          : undefined,
      );
  }

  #pass(message: SourceMessage): void {
    if (message.type === 'analyzed' || message.type === 'unanalyzed') this.#unacknowledged++;
    // Results of the analysis pass through as they are.
    const event = message as SourceEvent;
    this.#listener?.(event.type === 'fault' ? { ...event, message: this.#said(event.message) } : event);
  }

  #checkStall(): void {
    if (this.#unacknowledged > 0 || performance.now() - this.#heardAt < this.#stallTimeout) return;
    this.#finish(
      this.#wanted ?? 'failed',
      `nothing more could be read from the recording for ${String(Math.round(this.#stallTimeout / 1000))} s`,
    );
  }

  #finish(reason: EndReason, message: string | undefined): void {
    if (this.#end || !this.#listener) return;
    this.#end = { reason, message: message === undefined ? undefined : this.#said(message) };
    clearInterval(this.#stall);
    this.#listener({ type: 'end', ...this.#end });
  }
}
