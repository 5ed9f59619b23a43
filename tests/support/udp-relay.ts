import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';

/** Options of {@link UdpRelay}. */
export interface UdpRelayOptions {
  /** Share (0..1) of datagrams thrown away, each way. Default 0. */
  readonly loss?: number;
  /** Which datagrams to lose beside those: `up` goes to the server. Default none. */
  readonly loses?: (datagram: Buffer, way: 'up' | 'down') => boolean;
}

/**
 * A bad network between one publisher and the server: everything goes through two UDP sockets of the loopback, which lose
 * some datagrams, or all of them while the line is cut.
 *
 *     publisher ◄──► [near]  relay  [far] ◄──► server
 */
export class UdpRelay {
  forwarded = 0;
  lost = 0;
  readonly #loss: number;
  readonly #loses: (datagram: Buffer, way: 'up' | 'down') => boolean;
  readonly #near: Socket;
  readonly #far: Socket;
  #publisher: RemoteInfo | undefined;
  #server: { readonly address: string; readonly port: number } | undefined;
  #cut = false;
  #closed = false;

  private constructor({ loss = 0, loses = () => false }: UdpRelayOptions, near: Socket, far: Socket) {
    this.#loss = loss;
    this.#loses = loses;
    this.#near = near;
    this.#far = far;
    near.on('message', (data, from) => {
      this.#publisher = from;
      if (this.#server && this.#passes(data, 'up')) far.send(data, this.#server.port, this.#server.address);
    });
    far.on('message', (data) => {
      if (this.#publisher && this.#passes(data, 'down')) near.send(data, this.#publisher.port, this.#publisher.address);
    });
    for (const socket of [near, far]) socket.on('error', () => undefined);
  }

  static async start(options: UdpRelayOptions = {}): Promise<UdpRelay> {
    const bound = async (): Promise<Socket> => {
      const socket = createSocket('udp4');
      await new Promise<void>((resolve) => {
        socket.bind(0, '127.0.0.1', resolve);
      });
      return socket;
    };
    return new UdpRelay(options, await bound(), await bound());
  }

  /** For `ReplayOptions.route`: the server learns no address of the publisher, the publisher only the relay's. */
  readonly route = {
    offer: (sdp: string): string => sdp.replaceAll(/a=(candidate:.*|end-of-candidates)\r?\n/g, ''),
    answer: (sdp: string): Promise<string> => {
      const candidates = [...sdp.matchAll(/a=candidate:\S+ 1 udp \d+ ([\d.]+) (\d+) typ host.*/gi)];
      const chosen = candidates.find(([, address]) => address === '127.0.0.1') ?? candidates[0];
      if (!chosen) return Promise.reject(new Error('the answer has no IPv4 candidate'));
      this.#server = { address: chosen[1] ?? '', port: Number(chosen[2]) };
      const { port } = this.#near.address();
      let written = false;
      return Promise.resolve(
        sdp.replaceAll(/a=candidate:.*\r?\n/g, () => {
          if (written) return '';
          written = true;
          return `a=candidate:1 1 udp 2130706431 127.0.0.1 ${String(port)} typ host\r\n`;
        }),
      );
    },
  };

  /** Nothing passes until {@link fix}. */
  cut(): void {
    this.#cut = true;
  }

  fix(): void {
    this.#cut = false;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#near.close();
    this.#far.close();
  }

  #passes(data: Buffer, way: 'up' | 'down'): boolean {
    const passes = !this.#cut && !this.#closed && !this.#loses(data, way) && Math.random() >= this.#loss;
    if (passes) this.forwarded++;
    else this.lost++;
    return passes;
  }
}
