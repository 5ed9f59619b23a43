import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Duplex, PassThrough } from 'node:stream';
import tls from 'node:tls';

/** What every hostile client gets: a connected socket, and a number to vary what it does. */
type Attack = (socket: Socket, n: number) => Promise<void> | void;

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const PATHS = [
  '/',
  '/ws',
  '/ws?session=none',
  '/ws?since=1',
  '/ws/',
  '/whip',
  '/whip/nobody',
  '/api/sessions',
  '/healthz',
  '/metrics',
  '/nothing',
  '//',
  '/%00',
  '*',
  'http://[',
  '/ws?ticket=none',
];
const pathOf = (n: number): string => PATHS[n % PATHS.length] ?? '/';

/** An upgrade as a browser asks for it. */
export const upgradeTo = (path: string, protocol = 'websocket'): string =>
  `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: upgrade\r\nupgrade: ${protocol}\r\nsec-websocket-version: 13\r\nsec-websocket-key: ${KEY}\r\nsec-websocket-protocol: mellm.v1\r\n\r\n`;

const REQUESTS = [
  upgradeTo('/ws'),
  upgradeTo('/nothing'),
  'GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n',
  'POST /whip HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/sdp\r\ncontent-length: 200\r\n\r\nv=0\r\no=- 0 0 IN IP4 0.0.0.0\r\n',
  'POST /whip HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/sdp\r\ntransfer-encoding: chunked\r\n\r\n5\r\nv=0\r\n\r\n',
  'CONNECT 10.0.0.1:22 HTTP/1.1\r\nhost: 10.0.0.1\r\n\r\n',
];

/** Longest life of a client. */
const LONGEST_MS = 10_000;

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
const sent = (socket: Socket, data: string | Buffer): Promise<void> =>
  new Promise((resolve) => {
    socket.write(data, () => {
      resolve();
    });
  });
const heard = (socket: Socket, ms: number): Promise<unknown> =>
  Promise.race([new Promise((resolve) => socket.once('data', resolve).once('close', resolve)), pause(ms)]);

/** Kinds of hostile clients. Each one ends with a reset at the latest when it returns. */
export const ATTACKS: Readonly<Record<string, Attack>> = {
  'an upgrade, then a reset': async (socket, n) => {
    await sent(socket, upgradeTo(pathOf(n)));
  },
  'an upgrade, its answer, then a reset': async (socket, n) => {
    await sent(socket, upgradeTo(pathOf(n)));
    await heard(socket, 500);
  },
  'a reset in the middle of a request': async (socket, n) => {
    const request = REQUESTS[n % REQUESTS.length] ?? '';
    await sent(socket, request.slice(0, Math.floor(n / REQUESTS.length) % (request.length + 1)));
  },
  'half-open: no more to say, and nothing read': async (socket, n) => {
    socket.pause();
    socket.end(REQUESTS[n % REQUESTS.length] ?? '');
    await pause(5);
  },
  'half-open after an upgrade': async (socket, n) => {
    socket.pause();
    socket.end(upgradeTo(pathOf(n)));
    await pause(5);
  },
  slow: async (socket, n) => {
    for (const byte of upgradeTo(pathOf(n)).slice(0, 8)) {
      await sent(socket, byte);
      await pause(1);
    }
  },
  'requests pipelined behind an upgrade': async (socket, n) => {
    await sent(socket, upgradeTo(pathOf(n)) + (REQUESTS[2] ?? '').repeat(5));
    await heard(socket, 500);
  },
  'WebSocket frames before the answer': async (socket) => {
    await sent(socket, Buffer.concat([Buffer.from(upgradeTo('/ws')), Buffer.from([0x81, 0xfe, 0xff, 0xff, 1, 2, 3, 4, 5])]));
  },
  'another protocol': async (socket, n) => {
    await sent(socket, upgradeTo('/healthz', n % 2 === 0 ? 'h2c' : 'TLS/1.3, spdy'));
    await heard(socket, 500);
  },
  'no HTTP': async (socket, n) => {
    await sent(socket, Buffer.from(Array.from({ length: 64 }, (_, i) => (n * 31 + i * 17) % 256)));
    await heard(socket, 100);
  },
  nothing: () => undefined,
};

/** The addresses of the loopback interface that clients come from: one would meet the limit of an address, and run out of ports. */
export const addressOf = (n: number): string => `127.0.0.${String(2 + (n % 50))}`;

/** A ClientHello of TLS 1.2 or 1.3, as this machine's OpenSSL makes it. */
export async function clientHello(): Promise<Buffer> {
  const pipe = new PassThrough();
  const first = once(pipe, 'data') as Promise<[Buffer]>;
  tls
    .connect({ socket: Duplex.from({ writable: pipe, readable: new PassThrough() }), servername: 'localhost', rejectUnauthorized: false })
    .on('error', () => undefined);
  const [hello] = await first;
  return hello;
}

/** Kinds of hostile clients of a TLS port that never end the handshake. */
export const handshakeAttacks = (hello: Buffer): Readonly<Record<string, Attack>> => ({
  'a reset in the middle of the ClientHello': async (socket, n) => {
    await sent(socket, hello.subarray(0, n % (hello.length + 1)));
  },
  'a ClientHello, its answer, then a reset': async (socket) => {
    await sent(socket, hello);
    await heard(socket, 500);
  },
  'a ClientHello twice': async (socket) => {
    await sent(socket, Buffer.concat([hello, hello]));
    await heard(socket, 500);
  },
  'a damaged ClientHello': async (socket, n) => {
    const damaged = Buffer.from(hello);
    damaged[n % hello.length] = (damaged[n % hello.length] ?? 0) ^ (1 + (n % 255));
    await sent(socket, damaged);
    await heard(socket, 100);
  },
  'a record that claims 64 KiB': async (socket) => {
    await sent(socket, Buffer.from([22, 3, 1, 255, 255, 1]));
    await heard(socket, 100);
  },
  'HTTP in clear text': async (socket, n) => {
    await sent(socket, upgradeTo(pathOf(n)));
    await heard(socket, 100);
  },
  'half-open in the handshake': async (socket) => {
    socket.pause();
    socket.end(hello);
    await pause(5);
  },
  nothing: () => undefined,
});

/**
 * The same attack inside TLS: what it says is encrypted, and the reset comes to the connection below. TLS gets a stream, not the socket
 * itself: Node aborts where a socket that TLS has taken over is reset.
 */
export const overTls =
  (attack: Attack): Attack =>
  (socket, n) =>
    new Promise((resolve) => {
      const below = new Duplex({
        read: () => {
          socket.resume();
        },
        write: (chunk, _encoding, done) => {
          socket.write(chunk as Buffer, () => {
            done();
          });
        },
        final: (done) => {
          socket.end(() => {
            done();
          });
        },
      });
      socket
        .on('data', (chunk) => {
          if (!below.push(chunk)) socket.pause();
        })
        .once('end', () => below.push(null))
        .once('close', () => {
          below.destroy();
          resolve();
        });
      const secure = tls.connect({ socket: below, rejectUnauthorized: false });
      secure
        .on('data', () => undefined)
        .on('error', () => {
          resolve();
        })
        .once('close', () => {
          resolve();
        });
      secure.once('secureConnect', () => {
        void Promise.resolve(attack(secure, n)).then(resolve);
      });
    });

/** One client, from its connection to its reset. Resolves also where the server refuses it. */
function attackOnce(port: number, attack: Attack, n: number, localAddress = addressOf(n)): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress, allowHalfOpen: true });
    socket
      .on('error', () => undefined)
      .once('close', () => {
        resolve();
      });
    socket.on('data', () => undefined);
    // A write of a client's own TLS may never be done once the server has closed its end: it is reset then as well.
    socket.once('connect', () => {
      void Promise.race([attack(socket, n), pause(LONGEST_MS)]).then(() => {
        socket.resetAndDestroy();
      });
    });
  });
}

/** So many clients, `concurrency` of them at a time, of all the kinds named in turn. */
export async function attackMany(port: number, attacks: readonly Attack[], count: number, concurrency = 100): Promise<void> {
  let next = 0;
  const client = async (): Promise<void> => {
    for (let n = next++; n < count; n = next++) {
      const attack = attacks[n % attacks.length];
      if (attack) await attackOnce(port, attack, Math.floor(n / attacks.length));
    }
  };
  await Promise.all(Array.from({ length: concurrency }, client));
}
