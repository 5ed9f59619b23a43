import type { Logger, Metrics } from '../../telemetry/mod.js';

/** Tells, once a change, which STUN and TURN servers do not answer: several media processes ask them, each for all of its sessions. */
export class IceServerHealth {
  readonly #up = new Map<string, boolean>();
  readonly #metrics: Pick<Metrics, 'iceServerUp'>;
  readonly #log: Pick<Logger, 'info' | 'warn'>;

  constructor(metrics: Pick<Metrics, 'iceServerUp'>, log: Pick<Logger, 'info' | 'warn'>) {
    this.#metrics = metrics;
    this.#log = log;
  }

  heard(server: string, up: boolean): void {
    this.#metrics.iceServerUp.set({ server }, up ? 1 : 0);
    const before = this.#up.get(server) ?? true;
    this.#up.set(server, up);
    if (before === up) return;
    if (up) this.#log.info({ server }, 'ICE server answers again');
    else
      this.#log.warn(
        { server },
        'ICE server does not answer: left out for some minutes at a time, publishers are offered the other candidates',
      );
  }
}
