import { Hono } from 'hono';
import { z } from 'zod';
import { falseAlarmsSchema, plainWords } from '../../config/mod.js';
import { readBody } from './body.js';
import { notFound, ProblemError } from './problem.js';
import type { LiveSession, Sessions } from '../sessions/sessions.js';

/** The largest body of a change, bytes. */
const LARGEST = 1024;

/** Body of `PATCH /api/sessions/{id}`: what may be moved while a session runs. */
const sessionSettingsSchema = z.strictObject({ false_alarms_per_minute: falseAlarmsSchema });

/** What holds now, or why it can't be moved. */
export type FalseAlarmsSet = number | 'not_adjustable';

/** Moves the threshold of a live session of another process; undefined where there is none. */
export type SetElsewhere = (session: string, perMinute: number) => Promise<FalseAlarmsSet | undefined>;

/** Moves a session's threshold. */
export function setFalseAlarms(sessions: Sessions, { running }: LiveSession, perMinute: number): FalseAlarmsSet {
  if (!sessions.adjustable) return 'not_adjustable';
  running.falseAlarms = perMinute;
  return running.falseAlarms;
}

/** `PATCH /api/sessions/{id}`: moves a live session's threshold; answers with what holds now. */
export function sessionSettings(sessions: Sessions, setElsewhere?: SetElsewhere): Hono {
  const app = new Hono();
  app.patch('/api/sessions/:id', async (context) => {
    const id = context.req.param('id');
    const live = sessions.get(id);
    if (!live && !setElsewhere) throw notFound('live session of this id');
    const body = sessionSettingsSchema.safeParse(parsed(await readBody(context, LARGEST)), { error: plainWords });
    if (!body.success) {
      throw new ProblemError({
        status: 400,
        title: 'Bad Request',
        code: 'bad_settings',
        detail: `the body must be JSON such as {"false_alarms_per_minute": 0.5}, 0.02 to 20: ${body.error.issues[0]?.message ?? ''}`,
      });
    }
    const set = live
      ? setFalseAlarms(sessions, live, body.data.false_alarms_per_minute)
      : await setElsewhere?.(id, body.data.false_alarms_per_minute);
    if (set === undefined) throw notFound('live session of this id');
    if (set === 'not_adjustable') {
      throw new ProblemError({
        status: 409,
        title: 'Conflict',
        code: 'not_adjustable',
        detail:
          'this server spots by rules, whose threshold is set by spotting.sensitivity at its start; spotting.method learned can be moved live',
      });
    }
    return context.json({ false_alarms_per_minute: set });
  });
  return app;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
