/**
 * Serves the built page with a made-up session, for work on the page without camera, WebRTC or models:
 *
 *     npx vite build client && node client/dev/mock.js [port]
 *
 * Watch it at /watch?session=demo. The environment variable FROM starts the session that many seconds in.
 */
import { createServer, type ServerResponse } from 'node:http';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import sharp from 'sharp';
import { WebSocketServer, type WebSocket } from 'ws';
import { eventSchema, type Event } from '../../src/events/schema.js';
import { motion, scenes, track } from './script.js';

const root = join(import.meta.dirname, '../../dist/client');
const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.webm': 'video/webm',
  '.json': 'application/json',
};
const CSP =
  "default-src 'self'; media-src 'self' blob:; img-src 'self' blob: data:; connect-src 'self' ws: wss:; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; style-src 'self'";

const startedAt = Date.now() - Number(process.env['FROM'] ?? 0) * 1000;
const script = scenes();
const log: Event[] = [];
const viewers = new Set<WebSocket>();

function send(event: Event): void {
  const text = JSON.stringify(eventSchema.parse(event));
  for (const viewer of viewers) viewer.send(text);
}

let step = 0;
setInterval(() => {
  const t = (Date.now() - startedAt) / 1000;
  while (script[0] && script[0].at <= t) {
    const event = { ...script.shift()?.event, seq: log.length + 1 } as Event;
    log.push(event);
    send(event);
  }
  for (const face of ['f1', 'f2']) {
    send(track(face, t, face === 'f2'));
    const times = [0.067, 0.033, 0].map((back) => t - back);
    send({
      type: 'signal',
      session: 'demo',
      face,
      t: times,
      motion: times.map((one) => motion(face, one)),
      threshold: face === 'f1' ? 0.42 : 0.5,
    });
  }
  step += 1;
  if (step % 10 === 0)
    send({
      type: 'stats',
      session: 'demo',
      t,
      fps_in: 29.97,
      fps_analyzed: 29.9,
      frames_dropped: 2,
      latency_ms: { p50: 38.2, p95: 71 },
      queue: 0,
      faces: 2,
      unread: [
        { face: 'f1', watched: t, regions: { brow_inner_left: { turned: t / 4 }, chin: { lost: t / 9 } } },
        { face: 'f2', watched: t, regions: {} },
      ],
    });
}, 100);

const picture = async (name: string): Promise<Buffer> => {
  const lift = name === 'onset' ? 0 : 2;
  const svg =
    name === 'flow'
      ? '<svg xmlns="http://www.w3.org/2000/svg" width="224" height="224"><rect width="224" height="224" fill="#fff"/><ellipse cx="80" cy="70" rx="30" ry="14" fill="#b48cff"/><ellipse cx="144" cy="70" rx="30" ry="14" fill="#d0b4ff"/></svg>'
      : `<svg xmlns="http://www.w3.org/2000/svg" width="224" height="224"><rect width="224" height="224" fill="#777"/><ellipse cx="112" cy="120" rx="76" ry="98" fill="#b9b2ab"/><g stroke="#333" stroke-width="5" fill="none"><path d="M55 ${String(68 - lift)}q22 -10 42 0M127 ${String(68 - lift)}q22 -10 42 0"/><path d="M60 88q15 -8 30 0M134 88q15 -8 30 0M112 90v40M84 168q28 10 56 0"/></g>${name === 'motion' ? '<ellipse cx="80" cy="66" rx="30" ry="14" fill="#8c50ff" opacity=".6"/>' : ''}</svg>`;
  return sharp(Buffer.from(svg)).png().toBuffer();
};

function answer(response: ServerResponse, status: number, type: string, body: string | Buffer, more: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': type, 'content-security-policy': CSP, ...more }).end(body);
}

const record = {
  id: 'demo',
  name: 'Interview, room 2',
  state: 'live',
  started: new Date(startedAt).toISOString(),
  ended: null,
  reason: null,
  video: { width: 640, height: 480, codec: 'vp8' },
  totals: null,
  annotations: { micro: 3, macro: 1 },
  made_with: null,
};

async function route(path: string, response: ServerResponse): Promise<void> {
  const image = /^\/api\/annotations\/[^/]+\/(onset|apex|flow|motion)\.png$/.exec(path);
  const images = /^\/api\/annotations\/[^/]+\/images$/.test(path);
  if (images) answer(response, 200, 'application/json', JSON.stringify({ images: ['onset', 'apex', 'flow', 'motion'] }));
  else if (path === '/whip')
    answer(response, 503, 'application/problem+json', JSON.stringify({ title: 'Full', detail: 'This mock takes no video.' }), {
      'retry-after': '5',
    });
  else if (path === '/api/sessions')
    answer(response, 200, 'application/json', JSON.stringify({ sessions: [record, { ...record, id: 'older', name: '', state: 'ended' }] }));
  else if (path === '/api/sessions/demo') answer(response, 200, 'application/json', JSON.stringify(record));
  else if (image) answer(response, 200, 'image/png', await picture(image[1] ?? ''));
  else if (path.startsWith('/api/')) answer(response, 404, 'application/problem+json', '{"title":"Not found"}');
  else {
    const file = /^\/(watch)?\/?$/.test(path) ? '/index.html' : normalize(path);
    const body = await readFile(join(root, file)).catch(() => undefined);
    if (body) answer(response, 200, types[extname(file)] ?? 'application/octet-stream', body);
    else answer(response, 404, 'text/plain', 'not found');
  }
}

const server = createServer((request, response) => {
  void route(new URL(request.url ?? '/', 'http://localhost').pathname, response);
});

const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'mellm.v1' });
server.on('upgrade', (request, socket, head) => {
  const url = new URL(request.url ?? '/', 'http://localhost');
  sockets.handleUpgrade(request, socket, head, (viewer) => {
    if (url.searchParams.get('session') !== 'demo') {
      viewer.close(4404, 'There is no such session.');
      return;
    }
    const since = Number(url.searchParams.get('since') ?? 0);
    for (const event of log) if ('seq' in event && event.seq > since) viewer.send(JSON.stringify(event));
    viewers.add(viewer);
    viewer.on('close', () => viewers.delete(viewer));
  });
});
server.listen(Number(process.argv[2] ?? 8090), '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}/watch?session=demo\n`);
});
