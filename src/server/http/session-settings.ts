import { Hono } from 'hono';
import { plainWords } from '../../config/mod.js';
import { sessionSettingsSchema } from '../../events/mod.js';
import { readBody } from './body.js';
import { notFound, ProblemError } from './problem.js';
import type { ActiveSession } from '../sessions/session-registry.js';
import type { Sessions } from '../sessions/sessions.js';

/** Largest body of a request, bytes. */
const MAX_BODY_BYTES = 1024;

/** The value now in effect, or why it cannot be changed. */
export type FalseAlarmsSet = number | 'not_adjustable';

/** Changes the threshold of a live session of another process; undefined where there is none. */
export type SetElsewhere = (session: string, perMinute: number) => Promise<FalseAlarmsSet | undefined>;

/** Changes a session's threshold. @param adjustable whether the spotter has one that can be changed */
export function setFalseAlarms({ running }: ActiveSession, perMinute: number, adjustable: boolean): FalseAlarmsSet {
  if (!adjustable) return 'not_adjustable';
  running.falseAlarms = perMinute;
  return running.falseAlarms;
}

/** `PATCH /api/sessions/{id}`: changes a live session's threshold; returns the value now in effect. */
export function sessionSettings(sessions: Sessions, setElsewhere?: SetElsewhere): Hono {
  const app = new Hono();
  app.patch('/api/sessions/:id', async (context) => {
    const id = context.req.param('id');
    const live = sessions.get(id);
    if (!live && !setElsewhere) throw notFound('live session with this id');
    const body = sessionSettingsSchema.safeParse(parsed(await readBody(context, MAX_BODY_BYTES)), { error: plainWords });
    if (!body.success) {
      throw new ProblemError({
        status: 400,
        title: 'Bad Request',
        code: 'bad_settings',
        detail: `the body must be JSON such as {"false_alarms_per_minute": 0.5}, 0.02 to 20: ${body.error.issues[0]?.message ?? ''}`,
      });
    }
    const set = live
      ? setFalseAlarms(live, body.data.false_alarms_per_minute, sessions.adjustable)
      : await setElsewhere?.(id, body.data.false_alarms_per_minute);
    if (set === undefined) throw notFound('live session with this id');
    if (set === 'not_adjustable') {
      throw new ProblemError({
        status: 409,
        title: 'Conflict',
        code: 'not_adjustable',
        detail:
          'the rule-based spotter cannot be adjusted at run time; set spotting.sensitivity and restart, or use spotting.method learned',
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
