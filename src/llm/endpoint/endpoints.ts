import { LlmError } from '../llm-error.js';
import { Endpoint } from './endpoint.js';
import type { EndpointOptions } from './options.js';

/** Several servers that give the same model. */
export interface EndpointsOptions extends Omit<EndpointOptions, 'url'> {
  /** Base URLs, one at least, all different; key and model are the same for all. */
  readonly urls: readonly string[];
  /** A server was left out (false), or answers again (true); said of each at the start. */
  readonly onChange?: (endpoint: string, up: boolean) => void;
}

/** Of several, one that broke is left out at once, and tried again sooner: after 5, 10, 20, 40 s. */
const BREAKER_AMONG_OTHERS = { pause: 5000 };

/** Takes servers in turn and leaves out those that fail; each has its own places, queue and breaker. */
export class Endpoints {
  readonly all: readonly Endpoint[];
  #next = 0;

  /** @throws LlmError `llm_setting` where a URL is none or stands twice, or no model is named. */
  constructor({ urls, onChange, ...options }: EndpointsOptions) {
    const hosts: string[] = [];
    const names: string[] = [];
    this.all = urls.map((url, i) => {
      const among = urls.length > 1 ? BREAKER_AMONG_OTHERS : {};
      return new Endpoint({
        ...options,
        url,
        breaker: {
          ...among,
          ...options.breaker,
          onChange: (closed) => {
            options.breaker?.onChange?.(closed);
            onChange?.(names[i] ?? '', closed);
          },
        },
      });
    });
    if (new Set(urls.map((url) => url.replace(/\/+$/, ''))).size < urls.length) {
      this.close();
      throw new LlmError('llm_setting', 'llm.url names a server twice; name each once');
    }
    for (const { host } of this.all) {
      hosts.push(host);
      const nth = hosts.filter((other) => other === host).length;
      names.push(nth === 1 ? host : `${host} (${String(nth)})`);
    }
    for (const name of names) onChange?.(name, true);
  }

  /**
   * The server whose turn it is and, where there is one, another that takes the request if it fails. Servers that are left out are not
   * among
   * them, and those without a free place come last. Where all are left out: the one that will be tried first, which says so itself.
   */
  turn(): readonly Endpoint[] {
    const from = this.#next;
    const inTurn = this.all.map((_endpoint, i) => this.all[(from + i) % this.all.length]).filter((endpoint) => endpoint !== undefined);
    const ready = inTurn.filter((endpoint) => endpoint.ready);
    if (ready.length === 0) return [...inTurn].sort((a, b) => a.pause - b.pause).slice(0, 1);
    const chosen = [...ready.filter((endpoint) => endpoint.free), ...ready.filter((endpoint) => !endpoint.free)].slice(0, 2);
    const [first] = chosen;
    if (first) this.#next = this.all.indexOf(first) + 1;
    return chosen;
  }

  /** Idempotent. */
  close(): void {
    for (const endpoint of this.all) endpoint.close();
  }
}
