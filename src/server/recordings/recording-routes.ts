import { Hono, type Context } from 'hono';
import { newRecordingSchema, UPLOAD_TYPE, type NewRecording } from '../../events/mod.js';
import { addressKey, coversSession, hasGrant } from '../../auth/mod.js';
import { plainWords } from '../../config/mod.js';
import { readBody } from '../http/body.js';
import type { Guard } from '../http/guard.js';
import { holderOf } from '../sessions/session-quota.js';
import { notFound, ProblemError } from '../http/problem.js';
import { sessionLabel } from '../sessions/session-label.js';
import { writerKey } from '../sessions/writer-key.js';
import type { Recording } from './recording.js';
import type { RecordingsService } from './mod.js';
import type { Recordings } from './recordings.js';

/** Bytes of the body of an announcement at most. */
const LARGEST = 4096;

export interface RecordingRoutesOptions {
  readonly service: RecordingsService;
  readonly guard: Pick<Guard, 'peer' | 'countPublish'>;
  /** The path below which a proxy serves this server. */
  readonly basePath: string;
}

/**
 * `/api/recordings`: resumable uploads in the manner of tus 1.0 (`POST` announces, `HEAD` tells the offset, `PATCH` appends), whose state
 * `GET` tells, and which `DELETE` cancels. A recording is there for who announced it, and for admin.
 */
export function recordingRoutes({ service, guard, basePath }: RecordingRoutesOptions): Hono {
  const app = new Hono();

  app.post('/api/recordings', async (context) => {
    const taking = enabled();
    guard.countPublish(context);
    const identity = context.get('identity');
    const wanted = await announcement(context);
    const given = sessionLabel(wanted.session);
    if (given !== undefined && !coversSession(identity, given)) {
      throw new ProblemError({
        status: 403,
        title: 'Forbidden',
        code: 'session_not_allowed',
        detail: 'this token may publish under the session name it is bound to only',
      });
    }
    const address = guard.peer(context).address;
    const recording = await taking.announce({
      wanted,
      session: given ?? identity.session ?? sessionLabel(wanted.name) ?? 'Recording',
      writer: writerKey(identity, address),
      owner: { token: holderOf(identity), address: addressKey(address) },
    });
    return context.json(recording.view(0), 201, { location: `${basePath}/api/recordings/${recording.id}`, ...offsets(recording) });
  });

  app.get('/api/recordings/:id', async (context) => {
    const recording = find(context);
    // Who asks by HEAD wants to go on: what an older connection still brings would make the answer wrong.
    if (context.req.method === 'HEAD') await recording.upload.takeOver();
    return context.json(recording.view(enabled().positionOf(recording)), 200, offsets(recording));
  });

  app.patch('/api/recordings/:id', async (context) => {
    const recording = find(context);
    const type = context.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
    if (type !== UPLOAD_TYPE) {
      throw new ProblemError({
        status: 415,
        title: 'Unsupported Media Type',
        code: 'unsupported_media_type',
        detail: `expected content-type ${UPLOAD_TYPE}, got ${type ?? 'none'}`,
        headers: { 'accept-patch': UPLOAD_TYPE },
      });
    }
    const offset = context.req.header('upload-offset') ?? '';
    if (!/^\d{1,15}$/.test(offset))
      throw new ProblemError({
        status: 400,
        title: 'Bad Request',
        code: 'bad_offset',
        detail: 'the header Upload-Offset must say at which byte the body goes on',
      });
    const length = Number(context.req.header('content-length') ?? 0);
    if (Number(offset) === recording.upload.offset && Number(offset) + length > recording.upload.size) {
      throw new ProblemError({
        status: 413,
        title: 'Content Too Large',
        code: 'too_large',
        detail: `this recording was announced with ${String(recording.upload.size)} bytes`,
      });
    }
    await enabled().append(recording, Number(offset), context.req.raw.body);
    return context.body(null, 204, offsets(recording));
  });

  app.delete('/api/recordings/:id', async (context) => {
    await enabled().cancel(find(context));
    return context.body(null, 204);
  });

  return app;

  function enabled(): Recordings {
    if (service.recordings) return service.recordings;
    throw new ProblemError({ status: 403, title: 'Forbidden', code: 'recordings_disabled', detail: service.reason });
  }

  /** @throws ProblemError 404, also for a recording of somebody else */
  function find(context: Context): Recording {
    const recording = enabled().get(context.req.param('id') ?? '');
    const identity = context.get('identity');
    const mine =
      recording !== undefined &&
      coversSession(identity, recording.session) &&
      (hasGrant(identity, 'admin') || recording.writer === writerKey(identity, guard.peer(context).address));
    if (!mine) throw notFound('recording of this id');
    return recording;
  }
}

async function announcement(context: Context): Promise<NewRecording> {
  const text = await readBody(context, LARGEST);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  const parsed = newRecordingSchema.safeParse(body, { error: plainWords });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ProblemError({
    status: 400,
    title: 'Bad Request',
    code: 'bad_recording',
    detail: `the body must be JSON such as {"name": "interview.mp4", "size": 1048576}: ${[issue?.path.join('.'), issue?.message].filter(Boolean).join(' ')}`,
  });
}

const offsets = ({ upload }: Recording): Record<string, string> => ({
  'upload-offset': String(upload.offset),
  'upload-length': String(upload.size),
  'cache-control': 'no-store',
});
