import { describe, expect, it } from 'vitest';
import { parseRetryAfter, readProblem } from './problem.js';

describe('readProblem', () => {
  it('takes the detail of a problem+json body', async () => {
    const problem = await readProblem(
      new Response(JSON.stringify({ title: 'Full', detail: '4 of 4 sessions are taken.', code: 'full' }), {
        status: 503,
        headers: { 'content-type': 'application/problem+json', 'retry-after': '5' },
      }),
    );
    expect(problem.message).toBe('4 of 4 sessions are taken.');
    expect(problem.code).toBe('full');
    expect(problem.retryAfter).toBe(5000);
    expect(problem.mayRetry).toBe(true);
  });

  it('falls back on the status where the body is not JSON, or lies', async () => {
    const html = await readProblem(
      new Response('<h1>no</h1>', { status: 404, statusText: 'Not Found', headers: { 'content-type': 'text/html' } }),
    );
    expect(html.message).toBe('The server answered 404 Not Found.');
    expect(html.mayRetry).toBe(false);
    const broken = await readProblem(new Response('{', { status: 400, headers: { 'content-type': 'application/problem+json' } }));
    expect(broken.message).toContain('400');
    const wrong = await readProblem(
      new Response('{"detail": 7}', { status: 400, headers: { 'content-type': 'application/problem+json' } }),
    );
    expect(wrong.message).toContain('400');
  });
});

describe('parseRetryAfter', () => {
  it('reads seconds and dates', () => {
    expect(parseRetryAfter('3', 0)).toBe(3000);
    expect(parseRetryAfter(new Date(90_000).toUTCString(), 60_000)).toBe(30_000);
    expect(parseRetryAfter('soon', 0)).toBeUndefined();
    expect(parseRetryAfter(null, 0)).toBeUndefined();
  });
});
