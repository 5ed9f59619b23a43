import { execFileSync } from 'node:child_process';

const ip = (...args: string[]): void => {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
};
/** What is there may be gone already. */
const quietly = (...args: string[]): void => {
  try {
    ip(...args);
  } catch {
    /* it is gone */
  }
};

/** A machine of its own as far as the network goes: a namespace with one cable to the switch. */
export interface Machine {
  /** Name of the namespace. */
  readonly namespace: string;
  readonly address: string;
  /** Pulls the cable at the switch: whatever is sent, either way, is lost without a word. */
  cut(): void;
  fix(): void;
}

/**
 * Machines on one switch (a bridge), to which this process is plugged in too. Needs Linux, `ip` and the rights to make namespaces.
 *
 *     this process, NATS ── bridge ─┬─ veth ── machine 0
 *                                   └─ veth ── machine 1 …
 */
export class Network {
  /** Where this process is. */
  readonly address: string;
  readonly machines: readonly Machine[];
  readonly #bridge: string;
  readonly #atExit = (): void => {
    this.close();
  };

  constructor(machines: number) {
    const mark = (process.pid % 46_656).toString(36);
    const net = `10.213.${String(1 + (process.pid % 250))}`;
    this.address = `${net}.1`;
    this.#bridge = `mellm${mark}`;
    const made: Machine[] = [];
    this.machines = made;
    // A run that is broken off leaves nothing behind either.
    process.once('exit', this.#atExit);
    try {
      ip('link', 'add', this.#bridge, 'type', 'bridge');
      ip('address', 'add', `${this.address}/24`, 'dev', this.#bridge);
      ip('link', 'set', this.#bridge, 'up');
      for (let i = 0; i < machines; i++)
        made.push(this.#machine(`mellm${mark}n${String(i)}`, `mv${mark}n${String(i)}`, `${net}.${String(2 + i)}`));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    process.off('exit', this.#atExit);
    for (const { namespace } of this.machines) quietly('netns', 'delete', namespace);
    quietly('link', 'delete', this.#bridge);
  }

  #machine(namespace: string, cable: string, address: string): Machine {
    ip('netns', 'add', namespace);
    try {
      ip('link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace);
      ip('link', 'set', cable, 'master', this.#bridge, 'up');
      for (const args of [
        ['address', 'add', `${address}/24`, 'dev', 'eth0'],
        ['link', 'set', 'eth0', 'up'],
        ['link', 'set', 'lo', 'up'],
      ])
        ip('-n', namespace, ...args);
    } catch (error) {
      quietly('netns', 'delete', namespace);
      throw error;
    }
    return {
      namespace,
      address,
      cut: () => {
        ip('link', 'set', cable, 'nomaster');
      },
      fix: () => {
        ip('link', 'set', cable, 'master', this.#bridge);
      },
    };
  }
}

/** Why there can be no {@link Network} here; undefined where there can. */
export function networkMissing(): string | undefined {
  try {
    new Network(1).close();
    return undefined;
  } catch (error) {
    return `network namespaces can't be made here (they need Linux, root and the program ip): ${error instanceof Error ? error.message.trim().replaceAll('\n', '; ') : String(error)}`;
  }
}
