import { expect, it } from 'vitest';
import { createLogger } from './log.js';

function lines(use: (log: ReturnType<typeof createLogger>) => void): Record<string, unknown>[] {
  const written: string[] = [];
  use(
    createLogger('debug', {
      write: (line) => {
        written.push(line);
      },
    }),
  );
  return written.map((line) => JSON.parse(line) as Record<string, unknown>);
}

it('writes one object a line: time, level in words, session', () => {
  const [line] = lines((log) => {
    log.info({ session: 'sabc' }, 'session started');
  });
  expect(line).toEqual({ time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/), level: 'info', session: 'sabc', msg: 'session started' });
});

it('keeps names, addresses, tokens and SDP out, wherever they hide', () => {
  const cause = new Error('no route to 192.0.2.1');
  const error = Object.assign(new Error('offer v=0\r\no=- 0 0 IN IP4 198.51.100.7', { cause }), { code: 'bad_offer' });
  const text = JSON.stringify(
    lines((log) => {
      log.warn(
        { session: 's1', name: 'Alice Example', token: 't0ken', remote: { address: '203.0.113.9' }, err: error },
        'peer 203.0.113.9 failed',
      );
    }),
  );
  expect(text).toContain('bad_offer');
  expect(text).toContain('peer [address] failed');
  for (const secret of ['Alice', 't0ken', '203.0.113.9', '198.51.100.7', '192.0.2.1']) expect(text).not.toContain(secret);
});

it('does not stumble over an error that is none', () => {
  expect(
    lines((log) => {
      log.error({ err: 'just words' }, 'odd');
    })[0],
  ).toMatchObject({ err: 'just words' });
});
