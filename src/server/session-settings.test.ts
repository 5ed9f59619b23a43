import { describe, expect, it } from 'vitest';
import { ProblemError, problemResponse } from './problem.js';
import { sessionSettings } from './session-settings.js';
import type { Sessions } from './sessions.js';

function app(adjustable: boolean) {
  const running = { falseAlarms: 0.5 };
  const sessions = { adjustable, get: (id: string) => (id === 'a' ? { running } : undefined) };
  const hono = sessionSettings(sessions as unknown as Sessions);
  hono.onError((error, context) => { if (error instanceof ProblemError) return problemResponse(context, error.problem); throw error; });
  return { running, patch: (body: string, id = 'a') => hono.request(`/api/sessions/${id}`, { method: 'PATCH', body }) };
}

describe('PATCH /api/sessions/{id}', () => {
  it('moves the threshold of a live session', async () => {
    const { patch, running } = app(true);
    const response = await patch('{"false_alarms_per_minute": 2}');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ false_alarms_per_minute: 2 });
    expect(running.falseAlarms).toBe(2);
  });

  it.each(['', '{', '{}', '{"false_alarms_per_minute": 0}', '{"false_alarms_per_minute": 21}', '{"false_alarms_per_minute": 1, "x": 1}', `{"false_alarms_per_minute": 1${' '.repeat(2000)}}`])('refuses %.40s', async (body) => {
    const { patch, running } = app(true);
    const response = await patch(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'bad_settings' });
    expect(running.falseAlarms).toBe(0.5);
  });

  it('says that rules have no such threshold, and knows no other session', async () => {
    const rules = await app(false).patch('{"false_alarms_per_minute": 2}');
    expect(rules.status).toBe(409);
    expect(await rules.json()).toMatchObject({ code: 'not_adjustable' });
    expect((await app(true).patch('{"false_alarms_per_minute": 2}', 'b')).status).toBe(404);
  });
});
