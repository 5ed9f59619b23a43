import { Hono } from 'hono';
import { z } from 'zod';
import { falseAlarmsSchema } from '../config/mod.js';
import { notFound, ProblemError } from './problem.js';
import type { Sessions } from './sessions.js';

/** The largest body of a change, bytes. */
const LARGEST = 1024;

/** Body of `PATCH /api/sessions/{id}`: what may be moved while a session runs. */
export const sessionSettingsSchema = z.strictObject({ false_alarms_per_minute: falseAlarmsSchema });

/** `PATCH /api/sessions/{id}`: moves a live session's threshold; answers with what holds now. */
export function sessionSettings(sessions: Sessions): Hono {
  const app = new Hono();
  app.patch('/api/sessions/:id', async (context) => {
    const live = sessions.get(context.req.param('id'));
    if (!live) throw notFound('live session of this id');
    const text = await context.req.text();
    const body = sessionSettingsSchema.safeParse(text.length > LARGEST ? undefined : parsed(text));
    if (!body.success) {
      throw new ProblemError({
        status: 400, title: 'Bad Request', code: 'bad_settings',
        detail: `the body must be JSON such as {"false_alarms_per_minute": 0.5}, 0.02 to 20: ${body.error.issues[0]?.message ?? ''}`,
      });
    }
    if (!sessions.adjustable) {
      throw new ProblemError({
        status: 409, title: 'Conflict', code: 'not_adjustable',
        detail: 'this server spots by rules, whose threshold is set by spotting.sensitivity at its start; spotting.method learned can be moved live',
      });
    }
    live.running.falseAlarms = body.data.false_alarms_per_minute;
    return context.json({ false_alarms_per_minute: live.running.falseAlarms });
  });
  return app;
}

function parsed(text: string): unknown {
  try { return JSON.parse(text); } catch { return undefined; }
}
