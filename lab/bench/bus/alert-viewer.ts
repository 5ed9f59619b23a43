import WebSocket from 'ws';
import { SUBPROTOCOL, type Event } from '../../../src/events/mod.js';
import { pause, sharedNow } from '../clock.js';

/** When a viewer heard of an annotation, on {@link sharedNow}'s clock. */
interface Heard {
  flow?: number;
  closed?: number;
  whole?: boolean;
}

/** A viewer that notes when it hears what; and counts what it hears. */
export class AlertViewer {
  lasting = 0;
  passing = 0;
  alerts = 0;
  readonly #socket: WebSocket;
  readonly #heard = new Map<string, Heard>();

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => {
      this.#hear(JSON.parse((data as Buffer).toString()) as Event);
    });
    socket.on('error', () => undefined);
  }

  /** Connects to a server, for one session or all; tries again while the server does not know the session yet. */
  static async watch(server: string, session?: string): Promise<AlertViewer> {
    for (let attempt = 1; ; attempt++) {
      const socket = new WebSocket(`${server.replace('http', 'ws')}/ws${session === undefined ? '' : `?session=${session}`}`, SUBPROTOCOL);
      const viewer = new AlertViewer(socket);
      try {
        await new Promise((resolve, reject) => {
          socket.once('open', resolve);
          socket.once('error', reject);
        });
        return viewer;
      } catch (error) {
        if (attempt === 20) throw error;
        await pause(250);
      }
    }
  }

  /** Waits for an annotation's end. @throws Error where it does not come within half a minute, or lacks flow or text */
  async closed(annotation: string): Promise<{ readonly flow: number; readonly closed: number }> {
    for (const deadline = sharedNow() + 30_000; sharedNow() < deadline;) {
      const { flow, closed, whole } = this.#heard.get(annotation) ?? {};
      if (closed === undefined) {
        await pause(5);
        continue;
      }
      this.#heard.delete(annotation);
      if (whole !== true || flow === undefined)
        throw new Error(`annotation ${annotation} closed without flow or text; see the server's log above`);
      return { flow, closed };
    }
    throw new Error(`annotation ${annotation} did not close`);
  }

  close(): void {
    this.#socket.terminate();
  }

  #hear(event: Event): void {
    const at = sharedNow();
    if (!('seq' in event)) {
      this.passing++;
      return;
    }
    this.lasting++;
    if (event.type === 'annotation.updated' && event.flow) this.#of(event.annotation).flow = at;
    if (event.type !== 'annotation.closed') return;
    this.alerts++;
    Object.assign(this.#of(event.annotation.id), { closed: at, whole: event.annotation.incomplete === undefined });
  }

  #of(annotation: string): Heard {
    let heard = this.#heard.get(annotation);
    if (!heard) this.#heard.set(annotation, (heard = {}));
    return heard;
  }
}
