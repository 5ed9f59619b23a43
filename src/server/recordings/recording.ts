import type { NewRecording, RecordingProgress, RecordingState, RecordingView } from '../../events/mod.js';
import type { RunningSession } from '../../pipeline/mod.js';
import type { Upload } from './upload.js';

/** What a recording is made from. */
export interface RecordingStart {
  readonly id: string;
  readonly wanted: NewRecording;
  /** Name of its session. */
  readonly session: string;
  /** Key of whom it is counted against, who alone may ask for it. */
  readonly writer: string;
  readonly upload: Upload;
  /** Milliseconds without a byte after which an unfinished upload is deleted. */
  readonly expireAfter: number;
  /** Gives back what it is counted for; may be called twice. */
  readonly release: () => void;
}

/** One uploaded recording, from its announcement until what became of it is forgotten. */
export class Recording {
  readonly id: string;
  readonly name: string;
  readonly session: string;
  readonly writer: string;
  readonly upload: Upload;
  readonly release: () => void;
  readonly falseAlarms: number | undefined;
  state: RecordingState = 'uploading';
  progress: RecordingProgress | null = null;
  start: number | null = null;
  error: RecordingView['error'] = null;
  warnings: readonly string[] = [];
  /** Milliseconds since the epoch of the last byte, or of the end. */
  touchedAt = Date.now();
  /** It is not to be analysed any more. */
  cancelled = false;
  /** Its session, while that runs. */
  running: RunningSession | undefined;
  readonly #expireAfter: number;

  constructor({ id, wanted, session, writer, upload, expireAfter, release }: RecordingStart) {
    this.id = id;
    this.name = wanted.name;
    this.session = session;
    this.writer = writer;
    this.upload = upload;
    this.release = release;
    this.falseAlarms = wanted.false_alarms_per_minute;
    this.#expireAfter = expireAfter;
  }

  get settled(): boolean {
    return this.state === 'done' || this.state === 'failed';
  }

  /** Whether it is an upload that nobody goes on with. */
  expired(now: number): boolean {
    return this.state === 'uploading' && !this.upload.writing && now - this.touchedAt > this.#expireAfter;
  }

  fail(code: string, message: string): void {
    this.state = 'failed';
    this.error = { code: code.slice(0, 64), message: message.slice(0, 1024) };
  }

  /** @param position recordings that are analysed before it */
  view(position: number): RecordingView {
    return {
      id: this.id,
      name: this.name,
      size: this.upload.size,
      offset: this.upload.offset,
      state: this.state,
      position: this.state === 'waiting' ? position : null,
      progress: this.progress,
      start: this.start,
      error: this.error,
      warnings: [...this.warnings],
      expires: this.state === 'uploading' ? new Date(this.touchedAt + this.#expireAfter).toISOString() : null,
    };
  }
}
