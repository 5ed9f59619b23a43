import type { Annotation, Totals } from './schema.js';

/** A session as `GET /api/sessions/{id}` shows it. */
export interface SessionRecord {
  readonly id: string;
  readonly name: string;
  readonly state: 'live' | 'ended';
  /** ISO 8601, UTC. */
  readonly started: string;
  readonly ended: string | null;
  readonly reason: string | null;
  readonly video: { readonly width: number; readonly height: number; readonly codec: string } | null;
  readonly totals: Totals | null;
  readonly annotations: { readonly micro: number; readonly macro: number };
}

/** PNG images of an annotation by name. */
export type ImageName = 'onset' | 'apex' | 'flow' | 'motion';

/** Options of {@link SessionStore}. */
export interface SessionStoreOptions {
  /** Ended sessions kept; the oldest are forgotten first. Default 200. */
  readonly keepSessions?: number;
  /** Closed annotations kept for each session; the oldest are forgotten first. Default 10 000. */
  readonly keepAnnotations?: number;
  /** Bytes of images kept in all; the oldest are forgotten first. Default 16 MiB, about a hundred alerts. */
  readonly keepImageBytes?: number;
  /** Told of a session that was forgotten to keep the bound. */
  readonly onForget?: (session: string) => void;
}

interface Entry { record: SessionRecord; annotations: Annotation[] }

/** What was found, in memory: sessions, their closed annotations and, while there is room, the images. */
export class SessionStore {
  readonly #sessions = new Map<string, Entry>();
  readonly #images = new Map<string, { session: string; files: Map<ImageName, Uint8Array>; bytes: number }>();
  readonly #options: Required<SessionStoreOptions>;
  #imageBytes = 0;

  constructor(options: SessionStoreOptions = {}) {
    this.#options = { keepSessions: 200, keepAnnotations: 10_000, keepImageBytes: 16 * 2 ** 20, onForget: () => undefined, ...options };
  }

  /** Sessions, newest first. */
  list(): SessionRecord[] { return [...this.#sessions.values()].map((entry) => entry.record).reverse(); }

  get(id: string): SessionRecord | undefined { return this.#sessions.get(id)?.record; }

  annotations(id: string): readonly Annotation[] { return this.#sessions.get(id)?.annotations ?? []; }

  begin(id: string, name: string): void {
    this.#sessions.set(id, {
      record: { id, name, state: 'live', started: new Date().toISOString(), ended: null, reason: null, video: null, totals: null, annotations: { micro: 0, macro: 0 } },
      annotations: [],
    });
    const ended = [...this.#sessions.values()].filter((entry) => entry.record.state === 'ended');
    for (const entry of ended.slice(0, Math.max(0, ended.length - this.#options.keepSessions))) this.erase(entry.record.id);
  }

  update(id: string, change: Partial<Pick<SessionRecord, 'video' | 'totals' | 'state' | 'ended' | 'reason'>>): void {
    const entry = this.#sessions.get(id);
    if (entry) entry.record = { ...entry.record, ...change };
  }

  add(annotation: Annotation): void {
    const entry = this.#sessions.get(annotation.session);
    if (!entry) return;
    entry.annotations.push(annotation);
    if (entry.annotations.length > this.#options.keepAnnotations) entry.annotations.shift();
    if (annotation.withdrawn === undefined) {
      const { micro, macro } = entry.record.annotations;
      entry.record = { ...entry.record, annotations: annotation.kind === 'micro' ? { micro: micro + 1, macro } : { micro, macro: macro + 1 } };
    }
  }

  image(annotation: string, name: ImageName): Uint8Array | undefined { return this.#images.get(annotation)?.files.get(name); }

  addImage(session: string, annotation: string, name: ImageName, png: Uint8Array): void {
    if (!this.#sessions.has(session)) return;
    let entry = this.#images.get(annotation);
    if (!entry) this.#images.set(annotation, entry = { session, files: new Map(), bytes: 0 });
    const added = png.byteLength - (entry.files.get(name)?.byteLength ?? 0);
    entry.files.set(name, png);
    entry.bytes += added;
    this.#imageBytes += added;
    for (const oldest of this.#images.keys()) {
      if (this.#imageBytes <= this.#options.keepImageBytes || oldest === annotation) break;
      this.#dropImages(oldest);
    }
  }

  /** Erases a session and all that was stored of it. False where there is none. */
  erase(id: string): boolean {
    for (const [annotation, entry] of this.#images) if (entry.session === id) this.#dropImages(annotation);
    const existed = this.#sessions.delete(id);
    if (existed) this.#options.onForget(id);
    return existed;
  }

  #dropImages(annotation: string): void {
    this.#imageBytes -= this.#images.get(annotation)?.bytes ?? 0;
    this.#images.delete(annotation);
  }
}
