import { expect, it } from 'vitest';
import { BackOff } from './back-off.js';
import { ProblemError } from './problem.js';
import { uploadRecording } from './upload.js';

const CONTENT = 'x'.repeat(2 ** 20) + 'y'.repeat(2 ** 19);
const VIEW = {
  id: 's1',
  name: 'a.mp4',
  size: CONTENT.length,
  offset: 0,
  state: 'uploading',
  position: null,
  progress: null,
  start: null,
  error: null,
  warnings: [],
  expires: null,
};

/** A server whose connections break as told. */
class FakeServer {
  received = '';
  readonly asked: string[] = [];
  readonly faults: (() => void)[] = [];

  readonly request = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const { method = 'GET', body } = init;
    this.asked.push(`${method} ${url}`);
    if (method === 'POST') {
      this.faults.shift()?.();
      return new Response(JSON.stringify(VIEW));
    }
    const headers = (): Record<string, string> => ({ 'upload-offset': String(this.received.length) });
    if (method === 'HEAD') return new Response(null, { headers: headers() });
    const offset = Number((init.headers as Record<string, string>)['upload-offset']);
    if (offset !== this.received.length) throw new ProblemError('wrong offset', { code: 'wrong_offset', status: 409 });
    const text = await (body as Blob).text();
    const fault = this.faults.shift();
    // Half of it arrives.
    this.received += fault ? text.slice(0, text.length / 2) : text;
    fault?.();
    return new Response(null, { headers: headers() });
  };
}
const fail = (status: number) => (): never => {
  throw new ProblemError('broken', { code: 'x', status });
};
const upload = (server: FakeServer, signal = new AbortController().signal, progress: number[] = []): Promise<string> =>
  uploadRecording(
    new Blob([CONTENT]),
    { name: 'a.mp4' },
    {
      send: (path, init) => server.request(path, init),
      read: async (_name, response) => (await response.json()) as never,
    },
    {
      signal,
      backOff: new BackOff({ first: 1, longest: 2 }),
      onCreated: () => undefined,
      onProgress: (bytes) => progress.push(bytes),
    },
  );

it('goes on where the server stands after a broken connection', async () => {
  const server = new FakeServer();
  server.faults.push(
    () => undefined,
    fail(0),
    () => undefined,
    fail(0),
  );
  const progress: number[] = [];
  expect(await upload(server, undefined, progress)).toBe('s1');
  expect(server.received).toBe(CONTENT);
  expect(progress.at(-1)).toBe(CONTENT.length);
  expect(server.asked.filter((one) => one === 'HEAD api/recordings/s1').length).toBeGreaterThan(0);
});

it('waits while the server has no room', async () => {
  const server = new FakeServer();
  server.faults.push(fail(503), fail(429), () => undefined);
  await upload(server);
  expect(server.asked.slice(0, 3)).toEqual(['POST api/recordings', 'POST api/recordings', 'POST api/recordings']);
});

it('sends smaller pieces through a proxy that takes no large ones', async () => {
  const server = new FakeServer();
  const request = server.request;
  const sizes: number[] = [];
  const proxied = Object.assign(server, {
    request: async (url: string, init: RequestInit = {}): Promise<Response> => {
      const size = init.body instanceof Blob ? init.body.size : 0;
      if (size > 2 ** 18) throw new ProblemError('The server answered 413.', { code: 'http', status: 413 });
      if (size > 0) sizes.push(size);
      return request(url, init);
    },
  });
  await upload(proxied);
  expect(server.received).toBe(CONTENT);
  expect(Math.max(...sizes)).toBe(2 ** 18);
});

it('gives up where trying again would not help, and when cancelled', async () => {
  const refusing = new FakeServer();
  refusing.faults.push(fail(413));
  await expect(upload(refusing)).rejects.toMatchObject({ status: 413 });
  const cancelling = new AbortController();
  const server = new FakeServer();
  server.faults.push(() => {
    cancelling.abort(new DOMException('Cancelled.', 'AbortError'));
    fail(0)();
  });
  await expect(upload(server, cancelling.signal)).rejects.toMatchObject({ name: 'AbortError' });
});

it('deletes what the server made room for while it was cancelled', async () => {
  const cancelling = new AbortController();
  const server = new FakeServer();
  server.faults.push(() => {
    cancelling.abort(new DOMException('Cancelled.', 'AbortError'));
  });
  await expect(upload(server, cancelling.signal)).rejects.toMatchObject({ name: 'AbortError' });
  expect(server.asked).toEqual(['POST api/recordings', 'DELETE api/recordings/s1']);
});
