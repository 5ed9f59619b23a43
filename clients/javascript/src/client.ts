import type { Access, Answers, SessionSettings } from '../../../src/events/http-schema.js';
import type { NewRecording, RecordingView } from '../../../src/events/recording-schema.js';
import type { NewReview } from '../../../src/events/review-schema.js';
import type { Annotation, Event, Marker, NewMarker } from '../../../src/events/schema.js';
import type { ImageName, SessionRecord } from '../../../src/events/session-record.js';
import { EventQueue } from './event-queue.js';
import { EventStream, type EventStreamOptions, type SocketLike } from './event-stream.js';
import { ProblemError } from './problem.js';
import { Requests, type Check } from './requests.js';
import { streamOf, type VideoSource } from './sources.js';
import { uploadRecording, type UploadOptions } from './upload.js';
import { Publisher, type PublisherOptions } from './whip/publisher.js';
import type { WhipClientOptions } from './whip/whip-client.js';

/** Forms that annotations can be downloaded in. */
export type ExportFormat = 'json' | 'jsonl' | 'csv' | 'eaf' | 'bids';

/** Opens a WebSocket. */
export type OpenSocket = (url: string, protocols: string[]) => SocketLike;

export interface ClientOptions {
  /** Where the server is, with its base path. Default in a page: the folder of the page. */
  readonly server?: string | URL;
  /** Bearer token, or what returns it now. Default none. */
  readonly token?: string | (() => string);
  /** Validates answers. Default: they are trusted to be as described. */
  readonly check?: Check;
  /** Validates events; undefined for what is none. Default: anything with a type and a session. */
  readonly parseEvent?: (value: unknown) => Event | undefined;
  /** Default: the global `WebSocket`. */
  readonly openSocket?: OpenSocket;
}

/** How a session is watched. */
export type WatchOptions = Pick<EventStreamOptions, 'onEvent' | 'silence' | 'onGap' | 'backOff' | 'since'> &
  Partial<Pick<EventStreamOptions, 'onState'>>;

/** How a stream is published. */
export interface PublishOptions extends Partial<PublisherOptions> {
  /** Name of the session. */
  readonly name?: string;
  /** Bits per second that the encoder may reach. Default 2 500 000. */
  readonly maxBitrate?: number;
}

/** Opens a WebSocket by the runtime's own class. */
let openGlobalSocket: OpenSocket = (url, protocols) => {
  if (typeof WebSocket === 'undefined') throw new Error('this runtime has no WebSocket: set the option openSocket');
  return new WebSocket(url, protocols) as SocketLike;
};

/** Sets how sockets are opened where nothing else is said. */
export function setDefaultSocket(open: OpenSocket): void {
  openGlobalSocket = open;
}

const sessionPath = (id: string, rest = ''): string => `api/sessions/${encodeURIComponent(id)}${rest}`;
const reviewPath = (session: string, coder: string, entry: string): string =>
  sessionPath(session, `/reviews/${encodeURIComponent(coder)}/${encodeURIComponent(entry)}`);
const annotationPath = (id: string, rest: string): string => `api/annotations/${encodeURIComponent(id)}/${rest}`;

/** Talks to one mellm-live server. Every failure of a request is a {@link ProblemError}. */
export class MellmClient {
  readonly #options: ClientOptions;
  readonly #requests: Requests;

  constructor(options: ClientOptions = {}) {
    this.#options = options;
    this.#requests = new Requests({ base: () => baseOf(options.server), token: () => this.#token(), check: options.check });
  }

  /** What the token allows. */
  access(): Promise<Access> {
    return this.#requests.get('access', 'api/access');
  }

  /** Sessions, newest first. @param page `before`: id of the last session of the previous page */
  async sessions(
    page: { readonly limit?: number; readonly before?: string; readonly signal?: AbortSignal } = {},
  ): Promise<SessionRecord[]> {
    const query = new URLSearchParams();
    if (page.limit !== undefined) query.set('limit', String(page.limit));
    if (page.before !== undefined) query.set('before', page.before);
    const path = `api/sessions${query.size > 0 ? `?${query.toString()}` : ''}`;
    return (await this.#requests.get('sessions', path, page.signal)).sessions;
  }

  session(id: string): Promise<SessionRecord> {
    return this.#requests.get('session', sessionPath(id));
  }

  /** Changes a live session; returns what is now in effect. */
  async changeSettings(id: string, settings: SessionSettings): Promise<Answers['settings']> {
    return this.#requests.read('settings', await this.#requests.send(sessionPath(id), json('PATCH', settings)));
  }

  /** Ends a session and erases all that was stored of it. */
  async eraseSession(id: string): Promise<void> {
    await this.#requests.send(sessionPath(id), { method: 'DELETE' });
  }

  /** The closed annotations of a session, oldest first. */
  annotations(session: string): Promise<Annotation[]> {
    return this.#requests.get('annotations', sessionPath(session, '/annotations'));
  }

  /** The curves of a session at any zoom. @param query `from`, `to` (media seconds), `points`, `curves` */
  series(session: string, query: Readonly<Record<string, string | number>> = {}, signal?: AbortSignal): Promise<Answers['series']> {
    const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
    return this.#requests.get('series', sessionPath(session, `/series?${search.toString()}`), signal);
  }

  /** Who has reviewed a session, and the entries of the coders that are asked for. @param coders `all`, or names joined by commas */
  reviews(session: string, coders?: string): Promise<Answers['reviews']> {
    const query = coders === undefined ? '' : `?coders=${encodeURIComponent(coders)}`;
    return this.#requests.get('reviews', sessionPath(session, `/reviews${query}`));
  }

  /** Stores or replaces an entry of a coder. */
  async putReview(session: string, coder: string, entry: string, review: NewReview): Promise<Answers['review']> {
    return this.#requests.read('review', await this.#requests.send(reviewPath(session, coder, entry), json('PUT', review)));
  }

  async eraseReview(session: string, coder: string, entry: string): Promise<void> {
    await this.#requests.send(reviewPath(session, coder, entry), { method: 'DELETE' });
  }

  /** Where a session's annotations can be downloaded. */
  exportUrl(session: string, format: ExportFormat): string {
    return this.#requests.url(sessionPath(session, `/annotations?format=${format}`));
  }

  async exported(session: string, format: ExportFormat): Promise<Blob> {
    return (await this.#requests.send(sessionPath(session, `/annotations?format=${format}`))).blob();
  }

  /** Where a session can be read as one HTML page. */
  reportUrl(session: string): string {
    return this.#requests.url(sessionPath(session, '/report.html'));
  }

  async report(session: string): Promise<Blob> {
    return (await this.#requests.send(sessionPath(session, '/report.html'))).blob();
  }

  /** Sets a marker in a live session: a trial, a stimulus, a response. */
  async mark(session: string, marker: NewMarker): Promise<Marker> {
    return this.#requests.read('marker', await this.#requests.send(sessionPath(session, '/markers'), json('POST', marker)));
  }

  markers(session: string): Promise<Marker[]> {
    return this.#requests.get('markers', sessionPath(session, '/markers'));
  }

  /** Answers a question about a closed annotation, e.g. `What are the action units present?`. */
  async ask(annotation: string, question: string): Promise<Answers['answer']> {
    return this.#requests.read('answer', await this.#requests.send(annotationPath(annotation, 'ask'), json('POST', { question })));
  }

  /** Names of the images that are stored of an annotation now. */
  async images(annotation: string): Promise<readonly ImageName[]> {
    return (await this.#requests.get('images', annotationPath(annotation, 'images'))).images;
  }

  /** One of an annotation's images, as PNG. */
  async image(annotation: string, name: ImageName): Promise<Blob> {
    return (await this.#requests.send(annotationPath(annotation, `${name}.png`))).blob();
  }

  /** Follows a session's events until {@link EventStream.close} or its end; reconnects by itself and misses no durable event. */
  watch(session: string, options: WatchOptions): EventStream {
    return new EventStream({
      session,
      token: this.#token(),
      exists: () => this.#exists(session),
      open: (path, protocols) => {
        const url = new URL(this.#requests.url(path));
        url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
        return (this.#options.openSocket ?? openGlobalSocket)(url.href, protocols);
      },
      ...(this.#options.parseEvent ? { parse: this.#options.parseEvent } : {}),
      onState: () => undefined,
      ...options,
    });
  }

  /** The same as {@link watch}, to be read by `for await`. Ends with the session. @param options `since`: the last `seq` that you have */
  events(session: string, options: { readonly since?: number; readonly signal?: AbortSignal } = {}): EventQueue {
    return new EventQueue(
      (since, onEvent, onState) => this.watch(session, { since, onEvent, onState }),
      options.since ?? 0,
      options.signal,
    );
  }

  /** Publishes a stream or an element's picture until {@link Publisher.stop}; reconnects by itself. In browsers only. */
  publish(source: VideoSource, { onState = () => undefined, name, maxBitrate, ...options }: PublishOptions = {}): Publisher {
    const publisher = new Publisher({ ...options, onState });
    publisher.start(
      streamOf(source),
      this.whip({ ...(name === undefined ? {} : { name }), ...(maxBitrate === undefined ? {} : { maxBitrate }) }),
    );
    return publisher;
  }

  /** Where and how a {@link Publisher} publishes. */
  whip({ name = '', maxBitrate }: Pick<PublishOptions, 'name' | 'maxBitrate'> = {}): WhipClientOptions {
    return {
      endpoint: this.#requests.url(`whip${name === '' ? '' : `?name=${encodeURIComponent(name.slice(0, 128))}`}`),
      headers: this.#requests.authorization(),
      ...(maxBitrate === undefined ? {} : { maxBitrate }),
    };
  }

  /** Uploads a recording and resolves with its id, which is its session's too, once all has arrived. */
  upload(file: Blob, recording: Omit<NewRecording, 'size'>, options: UploadOptions = {}): Promise<string> {
    return uploadRecording(file, recording, this.#requests, options);
  }

  recording(id: string, signal?: AbortSignal): Promise<RecordingView> {
    return this.#requests.get('recording', `api/recordings/${encodeURIComponent(id)}`, signal);
  }

  /** Cancels a recording and deletes it; also while the page is left. */
  async deleteRecording(id: string): Promise<void> {
    await this.#requests.send(`api/recordings/${encodeURIComponent(id)}`, { method: 'DELETE', keepalive: true });
  }

  #token(): string {
    const { token = '' } = this.#options;
    return typeof token === 'string' ? token : token();
  }

  /** Why a socket that never opened was refused: browsers do not tell. */
  async #exists(session: string): Promise<boolean | string> {
    try {
      await this.session(session);
      return true;
    } catch (error) {
      if (!(error instanceof ProblemError)) return true;
      if (error.status === 401 || error.status === 403) return `You may not watch this session: ${error.message}`;
      return error.status !== 404;
    }
  }
}

const json = (method: string, body: unknown): RequestInit => ({
  method,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

/** The server's address with a slash at its end, so that paths are below it. */
function baseOf(server: string | URL | undefined): URL {
  const page = (globalThis as { readonly location?: { readonly href: string } }).location?.href;
  if (server === undefined && page === undefined) throw new Error('the option server is missing, e.g. http://127.0.0.1:8080');
  const base = server === undefined ? new URL('.', page) : new URL(server, page);
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  return base;
}
