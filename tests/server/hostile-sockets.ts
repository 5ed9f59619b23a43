import { connect, type Socket } from 'node:net';

/** What every hostile client gets: a connected socket, and a number to vary what it does. */
type Attack = (socket: Socket, n: number) => Promise<void> | void;

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const PATHS = ['/', '/ws', '/ws?session=none', '/ws?since=1', '/ws/', '/whip', '/whip/nobody', '/api/sessions', '/healthz', '/metrics', '/nothing', '//', '/%00', '*', 'http://[', '/ws?ticket=none'];
const pathOf = (n: number): string => PATHS[n % PATHS.length] ?? '/';

/** An upgrade as a browser asks for it. */
export const upgradeTo = (path: string, protocol = 'websocket'): string =>
  `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: upgrade\r\nupgrade: ${protocol}\r\nsec-websocket-version: 13\r\nsec-websocket-key: ${KEY}\r\nsec-websocket-protocol: mellm.v1\r\n\r\n`;

const REQUESTS = [
  upgradeTo('/ws'), upgradeTo('/nothing'), 'GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n',
  'POST /whip HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/sdp\r\ncontent-length: 200\r\n\r\nv=0\r\no=- 0 0 IN IP4 0.0.0.0\r\n',
  'POST /whip HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/sdp\r\ntransfer-encoding: chunked\r\n\r\n5\r\nv=0\r\n\r\n',
  'CONNECT 10.0.0.1:22 HTTP/1.1\r\nhost: 10.0.0.1\r\n\r\n',
];

const pause = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms); });
const sent = (socket: Socket, data: string | Buffer): Promise<void> => new Promise((resolve) => { socket.write(data, () => { resolve(); }); });
const heard = (socket: Socket, ms: number): Promise<unknown> => Promise.race([new Promise((resolve) => socket.once('data', resolve).once('close', resolve)), pause(ms)]);

/** Kinds of hostile clients. Each one ends with a reset at the latest when it returns. */
export const ATTACKS: Readonly<Record<string, Attack>> = {
  'an upgrade, then a reset': async (socket, n) => { await sent(socket, upgradeTo(pathOf(n))); },
  'an upgrade, its answer, then a reset': async (socket, n) => { await sent(socket, upgradeTo(pathOf(n))); await heard(socket, 500); },
  'a reset in the middle of a request': async (socket, n) => {
    const request = REQUESTS[n % REQUESTS.length] ?? '';
    await sent(socket, request.slice(0, Math.floor(n / REQUESTS.length) % (request.length + 1)));
  },
  'half-open: no more to say, and nothing read': async (socket, n) => { socket.pause(); socket.end(REQUESTS[n % REQUESTS.length] ?? ''); await pause(5); },
  'half-open after an upgrade': async (socket, n) => { socket.pause(); socket.end(upgradeTo(pathOf(n))); await pause(5); },
  'slow': async (socket, n) => { for (const byte of upgradeTo(pathOf(n)).slice(0, 8)) { await sent(socket, byte); await pause(1); } },
  'requests pipelined behind an upgrade': async (socket, n) => { await sent(socket, upgradeTo(pathOf(n)) + (REQUESTS[2] ?? '').repeat(5)); await heard(socket, 500); },
  'WebSocket frames before the answer': async (socket) => { await sent(socket, Buffer.concat([Buffer.from(upgradeTo('/ws')), Buffer.from([0x81, 0xfe, 0xff, 0xff, 1, 2, 3, 4, 5])])); },
  'another protocol': async (socket, n) => { await sent(socket, upgradeTo('/healthz', n % 2 === 0 ? 'h2c' : 'TLS/1.3, spdy')); await heard(socket, 500); },
  'no HTTP': async (socket, n) => { await sent(socket, Buffer.from(Array.from({ length: 64 }, (_, i) => (n * 31 + i * 17) % 256))); await heard(socket, 100); },
  'nothing': () => undefined,
};

/** The addresses of the loopback interface that clients come from: one would meet the limit of an address, and run out of ports. */
export const addressOf = (n: number): string => `127.0.0.${String(2 + (n % 50))}`;

/** One client, from its connection to its reset. Resolves also where the server refuses it. */
export function attackOnce(port: number, attack: Attack, n: number, localAddress = addressOf(n)): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress, allowHalfOpen: true });
    socket.on('error', () => undefined).once('close', () => { resolve(); });
    socket.on('data', () => undefined);
    socket.once('connect', () => { void Promise.resolve(attack(socket, n)).then(() => { socket.resetAndDestroy(); }); });
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
