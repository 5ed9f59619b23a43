import { createSocket, type Socket } from 'node:dgram';

/**
 * A man in the middle between a publisher and the server: whatever it sends to the server comes from the one address that ICE has
 * validated, and it has seen every datagram that went by.
 *
 *     publisher ◄──► front │ back ◄──► server
 */
export class Relay {
  readonly #front: Socket;
  readonly #back: Socket;
  readonly #server: number;
  #publisher: number | undefined;
  /** What the publisher sent of late. */
  readonly recorded: Buffer[] = [];
  /** False: nothing from the publisher goes on. */
  forwards = true;

  private constructor(front: Socket, back: Socket, server: number) {
    this.#front = front;
    this.#back = back;
    this.#server = server;
    front.on('message', (data, { port }) => {
      this.#publisher = port;
      this.recorded.push(data);
      if (this.recorded.length > 2000) this.recorded.shift();
      if (this.forwards) this.inject(data);
    });
    back.on('message', (data) => {
      if (this.#publisher !== undefined) front.send(data, this.#publisher, '127.0.0.1');
    });
  }

  /** Takes the server's place in its answer. */
  static async before(answer: string): Promise<{ readonly relay: Relay; readonly answer: string }> {
    const server = mediaPort(answer);
    const [front, back] = await Promise.all([bound(), bound()]);
    const relay = new Relay(front, back, server);
    return {
      relay,
      answer: answer.replaceAll(` 127.0.0.1 ${String(server)} typ host`, ` 127.0.0.1 ${String(front.address().port)} typ host`),
    };
  }

  /** Sends to the server as if the publisher had. */
  inject(data: Buffer): void {
    this.#back.send(data, this.#server, '127.0.0.1');
  }

  close(): void {
    this.#front.close();
    this.#back.close();
  }
}

/** The UDP port that an answer tells. */
export function mediaPort(answer: string): number {
  return Number(/a=candidate:\S+ 1 udp \d+ 127\.0\.0\.1 (\d+) typ host/.exec(answer)?.[1]);
}

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => {
    socket.bind(0, '127.0.0.1', resolve);
  });
  return socket;
}
