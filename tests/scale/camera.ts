import { ReplayPublisher } from '../../lab/bench/replay-publisher.js';

/** Milliseconds that a camera tries to find a server. */
const PATIENCE = 60_000;

/** A publisher of real video that goes on elsewhere, under the same name, when its session has ended. */
export class Camera {
  readonly name: string;
  /** Ids of its sessions, the last one is live. */
  readonly sessions: string[] = [];
  readonly #servers: () => readonly string[];
  readonly #file: string;
  #publisher: ReplayPublisher | undefined;

  constructor(name: string, file: string, servers: () => readonly string[]) {
    this.name = name;
    this.#file = file;
    this.#servers = servers;
  }

  /** Server that has its session. */
  get server(): string {
    return this.#publisher?.server ?? '';
  }

  /** @returns the new session's id */
  async publish(): Promise<string> {
    this.#publisher?.die();
    for (const [attempt, end] = [{ count: this.sessions.length }, Date.now() + PATIENCE]; ;) {
      const servers = this.#servers();
      try {
        this.#publisher = await ReplayPublisher.start({
          server: servers[attempt.count++ % servers.length] ?? '',
          file: this.#file,
          name: this.name,
          // Routes that change nothing: with one, it answers the server's requests for a keyframe, as encoders do.
          route: { offer: (sdp) => sdp, answer: (sdp) => Promise.resolve(sdp) },
        });
        this.sessions.push(this.#publisher.session);
        return this.#publisher.session;
      } catch (error) {
        if (Date.now() > end) throw error;
        await new Promise((resolve) => {
          setTimeout(resolve, 1000);
        });
      }
    }
  }

  /** Ends as a good publisher does. */
  async close(): Promise<void> {
    await this.#publisher?.close();
  }

  die(): void {
    this.#publisher?.die();
  }
}
