import { afterEach, describe, expect, it } from 'vitest';
import { ask, EndpointFixture } from '../../../tests/support/ask-endpoint.js';
import { ANSWER, begin, chunk, stream, type Responder } from '../../../tests/support/mock-llm-server.js';
import type { LlmErrorCode } from '../llm-error.js';
import { Endpoint } from './endpoint.js';
import type { EndpointOptions } from './options.js';

const endpoints = new EndpointFixture();
const { start } = endpoints;
afterEach(endpoints.close);

describe('Endpoint, whose server is busy or fails', () => {
  it('comes back after 429 when it was told to', async () => {
    const { server, endpoint } = await start((response, _body, count) => {
      if (count > 1) return stream(response);
      response.writeHead(429, { 'retry-after': '0.3' }).end();
      return undefined;
    });
    const asked = await ask(endpoint);
    expect(asked.answer).toBeDefined();
    expect(asked.ms).toBeGreaterThan(290);
    expect(server.requests).toHaveLength(2);
  });

  it('does not wait longer than it may', async () => {
    const { server, endpoint } = await start((response) => {
      response.writeHead(503, { 'retry-after': '120' }).end('busy');
    });
    const asked = await ask(endpoint);
    expect(asked.code).toBe('llm_overloaded');
    expect(asked.ms).toBeLessThan(1000);
    expect(server.requests).toHaveLength(1);
  });

  it('gives 503 up after its retries', async () => {
    const { server, endpoint } = await start((response) => {
      response.writeHead(503).end();
    });
    expect((await ask(endpoint)).code).toBe('llm_overloaded');
    expect(server.requests).toHaveLength(3);
  });

  it('does not repeat what a server refuses, and leaves it alone', async () => {
    const { server, endpoint } = await start((response) => {
      response.writeHead(401).end('bad key');
    });
    expect((await ask(endpoint)).code).toBe('llm_refused');
    expect((await ask(endpoint)).code).toBe('llm_paused');
    expect(server.requests).toHaveLength(1);
  });

  it.each<[string, Responder, LlmErrorCode, Partial<EndpointOptions>]>([
    ['hangs before its answer', () => undefined, 'llm_first_token_timeout', { firstTokenTimeout: 200 }],
    [
      'hangs before its first token',
      (response) => {
        begin(response);
        response.write(': keep-alive\n\n');
      },
      'llm_first_token_timeout',
      { firstTokenTimeout: 200 },
    ],
    [
      'hangs within its answer',
      (response) => {
        begin(response);
        response.write(chunk('The left'));
      },
      'llm_timeout',
      { totalTimeout: 300 },
    ],
    [
      'cuts its answer',
      (response) => {
        begin(response);
        response.write(chunk('The left'));
        setTimeout(() => response.destroy(), 20);
      },
      'llm_cut',
      {},
    ],
    [
      'ends its answer unfinished',
      (response) => {
        begin(response);
        response.end(chunk('The left'));
      },
      'llm_cut',
      {},
    ],
    [
      'streams garbage',
      (response) => {
        begin(response);
        response.end('data: {{{\n\ndata: 7\n\n');
      },
      'llm_garbage',
      {},
    ],
    [
      'sends a page',
      (response) => {
        response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>hello</h1>');
      },
      'llm_garbage',
      {},
    ],
    [
      'reports an error in its stream',
      (response) => {
        begin(response);
        response.end('data: {"error":{"message":"out of memory"}}\n\n');
      },
      'llm_server_failed',
      { retries: 0 },
    ],
    [
      'refuses to answer',
      (response) => {
        begin(response);
        response.end(`data: ${JSON.stringify({ choices: [{ delta: { refusal: 'I can not help with faces.' } }] })}\n\n`);
      },
      'llm_unparsable',
      {},
    ],
    ['answers what can not be read', (response) => stream(response, 'I would rather not say.'), 'llm_unparsable', {}],
    [
      'sends 10 MB in pieces',
      async (response) => {
        begin(response);
        for (let i = 0; i < 1300 && !response.destroyed; i++) {
          response.write(chunk('x'.repeat(8000)));
          await new Promise(setImmediate);
        }
      },
      'llm_answer_too_long',
      {},
    ],
    [
      'sends 10 MB in a line',
      (response) => {
        begin(response);
        response.end(`data: ${'y'.repeat(10_000_000)}`);
      },
      'llm_garbage',
      {},
    ],
  ])('fails in time on a server that %s', async (_name, respond, code, options) => {
    const { endpoint } = await start(respond, options);
    const asked = await ask(endpoint);
    expect(asked.code).toBe(code);
    expect(asked.ms).toBeLessThan(2500);
  });

  it('never retries once a token was there', async () => {
    const { server, endpoint } = await start((response) => {
      begin(response);
      response.write(chunk('The'));
      setTimeout(() => response.destroy(), 10);
    });
    await ask(endpoint);
    expect(server.requests).toHaveLength(1);
  });

  it('tells an unreachable server', async () => {
    const endpoint = endpoints.add(new Endpoint({ url: 'http://127.0.0.1:9/v1', model: 'm', retries: 1 }));
    expect((await ask(endpoint)).code).toBe('llm_unreachable');
  });

  it('opens its breaker, and closes it again after a probe', async () => {
    let broken = true;
    const { server, endpoint } = await start((response) => (broken ? void response.writeHead(500).end() : stream(response)), {
      retries: 0,
      breaker: { failures: 3, pause: 150 },
    });
    for (let i = 0; i < 3; i++) expect((await ask(endpoint)).code).toBe('llm_server_failed');
    expect((await ask(endpoint)).code).toBe('llm_paused');
    expect(server.requests).toHaveLength(3);
    broken = false;
    await new Promise((resolve) => setTimeout(resolve, 170));
    expect((await ask(endpoint)).answer).toBeDefined();
    expect(endpoint.state).toBe('closed');
  });

  it('cancels: the connection ends', async () => {
    let closed = false;
    const { endpoint } = await start((response) => {
      begin(response);
      response.write(chunk('The'));
      response.on('close', () => {
        closed = true;
      });
    });
    const stop = new AbortController();
    const asking = ask(endpoint, stop.signal);
    setTimeout(() => {
      stop.abort();
    }, 100);
    expect((await asking).code).toBe('llm_aborted');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(closed).toBe(true);
    expect(endpoint.state).toBe('closed');
  });

  it('takes 20 alerts at once: few at a time, the newest first, each answered or refused once', async () => {
    const { server, endpoint } = await start((response) => stream(response, ANSWER, 3), { concurrency: 3, queueTimeout: 250 });
    const order: number[] = [];
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        ask(endpoint).then((asked) => {
          if (asked.answer) order.push(i);
          return asked;
        }),
      ),
    );
    expect(all.every((asked) => (asked.answer === undefined) !== (asked.code === undefined))).toBe(true);
    expect(server.most()).toBeLessThanOrEqual(3);
    expect(order.slice(0, 3).sort((a, b) => a - b)).toEqual([0, 1, 2]);
    expect(order.slice(3, 6).sort((a, b) => a - b)).toEqual([17, 18, 19]);
    expect(all.filter((asked) => asked.code === 'llm_queue_full').length).toBeGreaterThan(0);
  });
});
