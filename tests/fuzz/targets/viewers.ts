import { IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import { SUBPROTOCOL } from '../../../src/events/mod.js';
import { InProcessBus } from '../../../src/events/bus/mod.js';
import { loadConfig } from '../../../src/config/mod.js';
import { Guard } from '../../../src/server/http/guard.js';
import { Viewers } from '../../../src/server/viewers/viewers.js';
import type { Store } from '../../../src/store/mod.js';
import { createLogger, type Metrics } from '../../../src/telemetry/mod.js';
import { expect, text, type FuzzTarget } from '../target.js';

/** The server's end of a connection without a network. */
class Wire extends Duplex {
  written = 0;
  readonly chunks: Buffer[] = [];
  override _read(): void {
    /* pushed from outside */
  }
  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.written += chunk.length;
    if (this.written < 65_536) this.chunks.push(chunk);
    done();
  }
  setTimeout(): this {
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
}

let open = 0;
const counter = {
  inc: () => {
    open++;
  },
  dec: () => {
    open--;
  },
};
const store = { list: () => [], get: (id: string) => (id === 's-1' ? { id } : undefined) } as unknown as Store;
// No limit on requests: what is fuzzed lies behind it.
const config = loadConfig({ overrides: { limits: { requests_per_second: 100_000 } } });
const viewers = new Viewers({
  bus: new InProcessBus(),
  store,
  metrics: { wsClients: counter, wsMessagesDropped: counter } as unknown as Metrics,
  guard: new Guard(config, createLogger('silent')),
  limits: config.limits,
});

async function connect(url: string, then: Uint8Array): Promise<Wire> {
  const wire = new Wire();
  wire.on('error', () => undefined);
  const request = new IncomingMessage(wire as unknown as Socket);
  Object.assign(request, {
    method: 'GET',
    url,
    headers: {
      host: 'localhost',
      upgrade: 'websocket',
      connection: 'Upgrade',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'sec-websocket-version': '13',
      'sec-websocket-protocol': SUBPROTOCOL,
    },
  });
  void viewers.upgrade(request, wire, Buffer.alloc(0));
  wire.push(Buffer.from(then));
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
  wire.push(null);
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
  wire.destroy();
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
  expect(wire.written < 65_536, 'a viewer that talks gets no more than a few words back');
  return wire;
}

/** What a viewer sends: frames of RFC 6455, masked or not, cut or not. */
export const viewer: FuzzTarget = {
  name: 'viewer',
  maxLength: 8192,
  dictionary: ['\u0081\u0080', '\u0088\u0082', '\u0089\u0080', '{"type":"hello"}', '\u00c1', '\u0001', '\u0000'],
  seeds: () => {
    const frame = (opcode: number, body: string): Buffer => {
      const data = Buffer.from(body);
      return Buffer.concat([Buffer.of(opcode, 0x80 | data.length, 0, 0, 0, 0), data]);
    };
    return [
      frame(0x81, '{"a":1}'),
      frame(0x82, 'x'),
      Buffer.concat([frame(0x01, '{'), frame(0x89, 'ping'), frame(0x80, '}')]),
      frame(0x88, '\u0003\u00e8'),
      Buffer.of(0x81, 0xff, 0, 0, 0, 1, 0, 0, 0, 0),
    ];
  },
  run: async (input) => {
    await connect('/ws', input);
    expect(open <= 2, 'a connection that is over is not kept');
  },
};

/** What a viewer asks for. */
export const viewerUrl: FuzzTarget = {
  name: 'viewer-url',
  maxLength: 512,
  dictionary: ['session=', 'since=', 's-1', '&', '?', '%00', '//', 'http://', '@', '#', '-1', '1e9', '9007199254740993', '%', '[', '\\'],
  seeds: () => ['session=s-1&since=0', 'since=4', 'session=nobody', '', '//[', 'session=s-1&since=999999999999999'],
  run: async (input) => {
    const query = text(input).replaceAll(/[^!-~]/g, ''); // what HTTP's own parser lets through
    const wire = await connect(`/ws?${query}`, Buffer.alloc(0));
    const answered = Buffer.concat(wire.chunks).toString('latin1');
    expect(/^HTTP\/1\.1 (101|400|401|403|404|503) /.test(answered), 'every viewer is answered');
    expect(answered.length < 2000, 'an answer is short');
  },
};
