import { effect, signal } from '@preact/signals';
import type { SessionView } from '../model/session-view.js';
import { RecorderRing } from '../moment/recorder-ring.js';
import { access, accessKnown, askAccess } from '../net/access.js';
import { mellm } from '../net/mellm.js';
import { openCamera, type Resolution } from '../source/camera.js';
import { captureVideo, loadVideo, type Playback } from '../source/playback.js';
import { Publisher, type PublisherState } from '../../../clients/javascript/src/index.js';
import { ConsentNotice } from './consent-notice.js';
import { RecordingDesk } from './recording-desk.js';
import { Viewer } from './viewer.js';

/** What is being shown to the server live. */
export interface Source {
  readonly kind: 'camera' | 'sample';
}

/** The sample that ships with the page. */
const SAMPLE_URL = 'sample/sample.webm';

/** A session's recording in this browser, and the view whose clock relates it to media time. */
export interface LocalRecording {
  readonly view: SessionView;
  readonly ring: RecorderRing;
}

/** Ends of a session after which a publisher that still has video should start another. */
const GO_ON_AFTER = new Set(['timeout', 'failed', 'shutdown', 'too_much_data', 'media_process_died']);

/** Everything that happens on the live page: source, publishing, watching one's own session, and the local ring. */
export class Live {
  readonly viewer = new Viewer();
  readonly publishing = signal<PublisherState>({ phase: 'idle' });
  readonly source = signal<Source | undefined>(undefined);
  /** True between the wish to start and a stream to send. */
  readonly preparing = signal(false);
  /** What went wrong before anything was sent, for the user. */
  readonly complaint = signal('');
  /** What was done on request, for the user. */
  readonly notice = signal('');
  /** What whoever is filmed must acknowledge first. */
  readonly consent = new ConsentNotice({
    text: async () => (await mellm.access()).notice,
    mark: (session, marker) => mellm.mark(session, marker),
  });
  readonly stream = signal<MediaStream | undefined>(undefined);
  readonly name = signal('');
  /** Recordings, which are uploaded. */
  readonly recordings = new RecordingDesk({
    viewer: this.viewer,
    video: () => this.video,
    sessionName: () => this.name.peek(),
    busy: () => this.running,
  });
  /** performance.now() of the moment the session went live. */
  liveSince = Infinity;
  /** The local recordings by session, the newest last: alerts of the session before can still be exported. */
  readonly #recordings = new Map<string, LocalRecording>();
  readonly #publisher: Publisher;
  #playback: Playback | undefined;
  #run = 0;
  #wakeLock: WakeLockSentinel | undefined;
  /** The element that shows the stream, and plays recordings. */
  video: HTMLVideoElement | undefined;

  constructor() {
    this.#nameByToken();
    this.#publisher = new Publisher({
      onState: (state) => {
        this.#follow(state);
      },
    });
    this.viewer.onEnded = (reason) => {
      if (this.recordings.shown.peek()) return;
      if (GO_ON_AFTER.has(reason)) this.#publisher.again('The server ended the session.');
      else if (this.publishing.peek().phase === 'live')
        this.stop(
          reason === 'deleted'
            ? 'The session was deleted.'
            : reason === 'faulty_video'
              ? 'The server ended the session: the video repeatedly failed to decode or changed its size.'
              : 'The server ended the session.',
        );
    };
    // The page may come back as it was (back-forward cache): it must not look as if it were still running.
    addEventListener('pagehide', () => {
      this.#publisher.stop('The page was closed.', true);
      this.stop();
      this.recordings.queue.leave();
    });
  }

  get running(): boolean {
    return this.source.value !== undefined;
  }

  /** Takes away all that this page shows and holds of a session that was erased. */
  forget(session: string): void {
    this.viewer.forget(session);
    const recording = this.recordings.queue.bySession(session);
    if (recording) this.recordings.remove(recording);
    this.#recordings.get(session)?.ring.clear();
    this.#recordings.delete(session);
    this.notice.value = 'Session erased from the server.';
  }

  /** A token that is bound to a name publishes under that name only: it is filled in where the user typed none. */
  #nameByToken(): void {
    let filled = '';
    effect(() => {
      const bound = access.value?.session ?? '';
      if (this.name.peek() === filled) this.name.value = filled = bound;
    });
    void askAccess();
  }

  recording(session: string): LocalRecording | undefined {
    return this.#recordings.get(session);
  }

  async startCamera(id: string, size: Resolution): Promise<void> {
    await this.#start(
      { kind: 'camera' },
      async () => {
        if (!(await this.consent.ask())) throw new DOMException('The notice was not acknowledged.', 'AbortError');
        const stream = await openCamera(id, size);
        stream.getVideoTracks()[0]?.addEventListener('ended', () => {
          if (this.stream.peek() === stream) this.stop('Camera disconnected.');
        });
        return stream;
      },
      size.width * size.height > 400_000 ? 4_000_000 : 2_500_000,
    );
  }

  async startSample(): Promise<void> {
    await this.#start({ kind: 'sample' }, async (video) => {
      await loadVideo(video, SAMPLE_URL);
      return this.#play(video, true);
    });
  }

  /** Uploads recordings and shows what is found in them; a camera that runs is stopped. */
  async openFiles(files: readonly File[]): Promise<void> {
    if (files.length === 0) return;
    this.stop();
    this.publishing.value = { phase: 'idle' };
    this.complaint.value = '';
    this.notice.value = '';
    // The name that a token is bound to goes along.
    await accessKnown();
    this.recordings.open(files);
  }

  stop(reason = 'Stopped.'): void {
    this.#run += 1;
    this.#publisher.stop(reason);
    this.#release();
    this.source.value = undefined;
    this.preparing.value = false;
  }

  async #start(source: Source, open: (video: HTMLVideoElement) => Promise<MediaStream>, maxBitrate = 2_500_000): Promise<void> {
    this.stop();
    this.recordings.leave();
    const { video } = this;
    if (!video) return;
    const run = this.#run;
    this.complaint.value = '';
    this.notice.value = '';
    this.source.value = source;
    this.preparing.value = true;
    try {
      const stream = await open(video);
      if (run !== this.#run) {
        for (const track of stream.getTracks()) track.stop();
        return;
      }
      this.stream.value = stream;
      if (source.kind === 'camera') {
        video.srcObject = stream;
        await video.play().catch(() => undefined);
      }
      await accessKnown();
      if (run !== this.#run) return;
      this.preparing.value = false;
      const label = this.name.peek() || (source.kind === 'sample' ? 'Sample' : '');
      this.#publisher.start(stream, mellm.whip({ name: label, maxBitrate }));
    } catch (error) {
      if (run !== this.#run) return;
      this.stop();
      this.publishing.value = { phase: 'idle' };
      if (!(error instanceof DOMException && error.name === 'AbortError'))
        this.complaint.value = error instanceof Error ? error.message : String(error);
    }
  }

  #play(video: HTMLVideoElement, loop: boolean): MediaStream {
    const run = this.#run;
    const playback = captureVideo(video, loop);
    this.#playback = playback;
    // The last movements of a recording still have to be measured and told when its last frame is out.
    void playback.finished.then(() =>
      setTimeout(() => {
        if (run === this.#run) this.stop('The recording has ended.');
      }, 1500),
    );
    return playback.stream;
  }

  #release(): void {
    for (const { ring } of this.#recordings.values()) ring.stop();
    void this.#wakeLock?.release().catch(() => undefined);
    this.#wakeLock = undefined;
    for (const track of this.stream.peek()?.getTracks() ?? []) track.stop();
    this.#playback?.stop();
    this.#playback = undefined;
    this.stream.value = undefined;
    if (this.video) this.video.srcObject = null;
  }

  #follow(state: PublisherState): void {
    const before = this.publishing.peek();
    this.publishing.value = state;
    if (state.phase === 'refused') {
      this.#run += 1;
      this.#release();
      this.source.value = undefined;
    }
    if (state.phase !== 'live' || state.session === '') return;
    if (before.phase !== 'live') this.liveSince = performance.now();
    this.#playback?.begin();
    if (this.viewer.view.peek()?.id === state.session) return;
    this.viewer.watch(state.session);
    if (this.source.peek()?.kind === 'camera')
      void this.consent.record(state.session).then((stored) => {
        if (!stored) this.complaint.value = 'The acknowledgement of the notice could not be stored.';
      });
    const stream = this.stream.peek();
    const view = this.viewer.view.peek();
    if (stream && view) this.#record(view, stream);
    void this.#stayAwake();
  }

  #record(view: SessionView, stream: MediaStream): void {
    for (const [id, { ring }] of this.#recordings) {
      ring.stop();
      if (this.#recordings.size > 1) {
        ring.clear();
        this.#recordings.delete(id);
      }
    }
    this.#recordings.set(view.id, { view, ring: new RecorderRing(stream) });
  }

  /** A phone that dims its screen stops its camera. */
  async #stayAwake(): Promise<void> {
    if (!('wakeLock' in navigator)) return;
    const run = this.#run;
    const lock = await navigator.wakeLock.request('screen').catch(() => undefined);
    if (run === this.#run) this.#wakeLock = lock;
    else await lock?.release();
  }
}
