import { describe, expect, it } from 'vitest';
import { ProblemError, problemResponse } from './problem.js';
import { sessionSettings } from './session-settings.js';
import type { Sessions } from '../sessions/sessions.js';

function app(adjustable: boolean) {
  const running = { falseAlarms: 0.5 };
  const sessions = { adjustable, get: (id: string) => (id === 'a' ? { running } : undefined) };
  const hono = sessionSettings(sessions as unknown as Sessions);
  hono.onError((error, context) => {
    if (error instanceof ProblemError) return problemResponse(context, error.problem);
    throw error;
  });
  return {
    running,
    patch: (body: string | ReadableStream, id = 'a') => hono.request(`/api/sessions/${id}`, { method: 'PATCH', body, duplex: 'half' }),
  };
}

describe('PATCH /api/sessions/{id}', () => {
  it('moves the threshold of a live session', async () => {
    const { patch, running } = app(true);
    const response = await patch('{"false_alarms_per_minute": 2}');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ false_alarms_per_minute: 2 });
    expect(running.falseAlarms).toBe(2);
  });

  it.each(['', '{', '{}', '{"false_alarms_per_minute": 0}', '{"false_alarms_per_minute": 21}', '{"false_alarms_per_minute": 1, "x": 1}'])(
    'refuses %.40s',
    async (body) => {
      const { patch, running } = app(true);
      const response = await patch(body);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ code: 'bad_settings' });
      expect(running.falseAlarms).toBe(0.5);
    },
  );

  it('refuses a body that is too large, and reads little of one whose length nobody told', async () => {
    const { patch, running } = app(true);
    const told = await patch(`{"false_alarms_per_minute": 1${' '.repeat(2000)}}`);
    expect(told.headers.get('content-type')).toBe('application/problem+json');
    expect([told.status, await told.json()]).toMatchObject([413, { code: 'too_large' }]);
    let chunks = 0;
    const endless = new ReadableStream({
      pull: (controller) => {
        chunks++;
        controller.enqueue(new Uint8Array(512).fill(32));
      },
    });
    expect((await patch(endless)).status).toBe(413);
    expect(chunks).toBeLessThan(6);
    expect(running.falseAlarms).toBe(0.5);
  });

  it('says that rules have no such threshold, and knows no other session', async () => {
    const rules = await app(false).patch('{"false_alarms_per_minute": 2}');
    expect(rules.status).toBe(409);
    expect(await rules.json()).toMatchObject({ code: 'not_adjustable' });
    expect((await app(true).patch('{"false_alarms_per_minute": 2}', 'b')).status).toBe(404);
  });
});
