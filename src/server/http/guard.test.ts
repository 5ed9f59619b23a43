import type { IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';
import { loadConfig } from '../../config/mod.js';
import { createLogger } from '../../telemetry/mod.js';
import { Guard } from './guard.js';
import { ProblemError } from './problem.js';

const RIGHT = 'right-right-right-right';

it('answers no more guesses that come at once than guesses in a row, and a right token always', async () => {
  const guard = new Guard(
    loadConfig({ overrides: { auth: { tokens: [`${RIGHT} watch`] }, limits: { failures_per_minute: 3 } } }),
    createLogger('silent'),
  );
  const asking = (token: string): unknown => ({
    headers: { host: 'localhost', authorization: `Bearer ${token}` },
    socket: { remoteAddress: '192.0.2.1' },
  });
  const guess = (token: string): Promise<number> =>
    guard.identify(asking(token) as IncomingMessage).then(
      () => 200,
      (error: unknown) => (error instanceof ProblemError ? error.problem.status : 0),
    );
  expect(await guess(RIGHT)).toBe(200);
  const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => guess(n < 39 ? `wrong-wrong-wrong-${String(n)}` : RIGHT)));
  expect(answers.filter((status) => status === 401)).toHaveLength(3);
  expect(answers.filter((status) => status === 429)).toHaveLength(36);
  expect(answers.at(-1)).toBe(200);
  expect(await guess(RIGHT)).toBe(200);
  guard.close();
});
