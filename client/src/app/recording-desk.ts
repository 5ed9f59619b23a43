import { signal } from '@preact/signals';
import { convertForBrowser } from '../source/convert.js';
import type { JobProgress } from '../source/ffmpeg.js';
import { loadVideo, UnplayableError } from '../source/playback.js';
import { RecordingQueue, type OpenedRecording } from './recording-queue.js';
import type { Viewer } from './viewer.js';

/** Options of {@link RecordingDesk}. */
export interface RecordingDeskOptions {
  readonly viewer: Viewer;
  /** The element that plays recordings. */
  readonly video: () => HTMLVideoElement | undefined;
  readonly sessionName: () => string;
  /** Whether a camera or the sample is shown, which a recording does not push aside. */
  readonly busy: () => boolean;
}

/** Seconds before the onset at which a moment is shown. */
const LEAD = 0.5;

/** The recordings opened in this page, and the one of them that is played from the user's own disk beside what was found in it. */
export class RecordingDesk {
  readonly queue: RecordingQueue;
  /** The one that is shown. */
  readonly shown = signal<OpenedRecording | undefined>(undefined);
  /** Whether the browser plays it. */
  readonly playing = signal(false);
  /** A conversion under way, since this browser can't play the file. */
  readonly converting = signal<JobProgress | undefined>(undefined);
  /** Why it is not played. */
  readonly unplayable = signal('');
  readonly #options: RecordingDeskOptions;
  #conversion: AbortController | undefined;
  #url: string | undefined;
  #run = 0;
  #loaded: Promise<void> = Promise.resolve();

  constructor(options: RecordingDeskOptions) {
    this.#options = options;
    this.queue = new RecordingQueue({
      sessionName: options.sessionName,
      onAnalyzing: (recording) => {
        if (!options.busy()) this.show(recording);
      },
    });
  }

  open(files: readonly File[]): void {
    const [first] = this.queue.add(files);
    const phase = this.shown.peek()?.status.peek().phase;
    if (first && (phase === undefined || phase === 'done' || phase === 'failed')) this.show(first);
  }

  /** Plays a recording and follows its session, once that has begun. */
  show(recording: OpenedRecording): void {
    if (this.shown.peek() !== recording) {
      this.leave();
      this.shown.value = recording;
      this.#loaded = this.#play(recording);
    }
    const id = recording.id.peek();
    const { phase } = recording.status.peek();
    if (id !== undefined && (phase === 'analyzing' || phase === 'done') && this.#options.viewer.view.peek()?.id !== id)
      this.#options.viewer.watch(id);
  }

  /** Shows a moment of a recording. @param t media seconds */
  async seek(recording: OpenedRecording, t: number): Promise<void> {
    this.show(recording);
    await this.#loaded;
    const video = this.#options.video();
    if (!video || !this.playing.peek() || this.shown.peek() !== recording) return;
    video.currentTime = Math.max(0, recording.start + t - LEAD);
    video.scrollIntoView({ block: 'nearest' });
    await video.play().catch(() => undefined);
  }

  remove(recording: OpenedRecording): void {
    if (this.shown.peek() === recording) this.leave();
    this.queue.remove(recording);
  }

  /** Shows none any more, e.g. since a camera is started; those in work go on. */
  leave(): void {
    this.#run++;
    this.#conversion?.abort(new DOMException('Cancelled.', 'AbortError'));
    const video = this.#options.video();
    if (video && this.shown.peek()) {
      video.pause();
      video.controls = false;
      video.removeAttribute('src');
      video.load();
    }
    this.#free();
    this.shown.value = undefined;
    this.playing.value = false;
    this.unplayable.value = '';
  }

  async #play({ file }: OpenedRecording): Promise<void> {
    const video = this.#options.video();
    if (!video) return;
    const run = this.#run;
    try {
      await loadVideo(video, this.#hold(file)).catch(async (error: unknown) => {
        if (!(error instanceof UnplayableError) || run !== this.#run) throw error;
        const converted = await this.#convert(file);
        if (run === this.#run) await loadVideo(video, this.#hold(converted));
      });
      if (run !== this.#run) return;
      video.muted = true;
      video.loop = false;
      video.controls = true;
      this.playing.value = true;
      await video.play().catch(() => undefined);
    } catch (error) {
      if (run !== this.#run || (error instanceof DOMException && error.name === 'AbortError')) return;
      this.unplayable.value = "This browser can't play the file. The server analyses it all the same.";
    }
  }

  async #convert(file: File): Promise<Blob> {
    const conversion = (this.#conversion = new AbortController());
    try {
      return await convertForBrowser(
        file,
        (progress) => {
          if (!conversion.signal.aborted) this.converting.value = progress;
        },
        conversion.signal,
      );
    } finally {
      if (this.#conversion === conversion) {
        this.#conversion = undefined;
        this.converting.value = undefined;
      }
    }
  }

  #hold(blob: Blob): string {
    this.#free();
    this.#url = URL.createObjectURL(blob);
    return this.#url;
  }

  #free(): void {
    if (this.#url !== undefined) URL.revokeObjectURL(this.#url);
    this.#url = undefined;
  }
}
