import { Hono, type Context } from 'hono';
import { newRecordingSchema, UPLOAD_TYPE, type NewRecording } from '../../events/mod.js';
import { addressKey, coversSession, hasGrant } from '../../auth/mod.js';
import { plainWords } from '../../config/mod.js';
import { readBody } from '../http/body.js';
import type { Guard } from '../http/guard.js';
import { holderOf } from '../sessions/session-quota.js';
import { badRequest, notFound, ProblemError, SESSION_NOT_ALLOWED } from '../http/problem.js';
import { sessionLabel } from '../sessions/session-label.js';
import { writerKey } from '../sessions/writer-key.js';
import type { Recording } from './recording.js';
import type { RecordingsService } from './mod.js';
import type { Recordings } from './recordings.js';

/** Largest body of an announcement, bytes. */
const MAX_ANNOUNCEMENT_BYTES = 4096;

export interface RecordingRoutesOptions {
  readonly service: RecordingsService;
  readonly guard: Pick<Guard, 'peer' | 'countPublish'>;
  /** The path below which a proxy serves this server. */
  readonly basePath: string;
}

/**
 * `/api/recordings`: resumable uploads like those of tus 1.0 (`POST` announces, `HEAD` returns the offset, `PATCH` appends). `GET`
 * returns the state, `DELETE` cancels. A recording is visible to whoever announced it, and to admin.
 */
export function recordingRoutes(options: RecordingRoutesOptions): Hono {
  const app = new Hono();
  app.post('/api/recordings', (context) => announce(context, options));
  app.get('/api/recordings/:id', async (context) => {
    const { recording, recordings } = find(context, options);
    // A client asks by HEAD before it resumes: bytes that an older connection still delivers would make the answer wrong.
    if (context.req.method === 'HEAD') await recording.upload.takeOver();
    return context.json(recording.view(recordings.positionOf(recording)), 200, offsets(recording));
  });
  app.patch('/api/recordings/:id', async (context) => {
    const { recording, recordings } = find(context, options);
    await recordings.append(recording, appendOffset(context, recording), context.req.raw.body);
    return context.body(null, 204, offsets(recording));
  });
  app.delete('/api/recordings/:id', async (context) => {
    const { recording, recordings } = find(context, options);
    await recordings.cancel(recording);
    return context.body(null, 204);
  });
  return app;
}

async function announce(context: Context, { service, guard, basePath }: RecordingRoutesOptions): Promise<Response> {
  const recordings = accepting(service);
  guard.countPublish(context);
  const identity = context.get('identity');
  const wanted = await announcement(context);
  const name = sessionLabel(wanted.session);
  if (name !== undefined && !coversSession(identity, name)) throw new ProblemError(SESSION_NOT_ALLOWED);
  const address = guard.peer(context).address;
  const recording = await recordings.announce({
    wanted,
    session: name ?? identity.session ?? sessionLabel(wanted.name) ?? 'Recording',
    writer: writerKey(identity, address),
    owner: { token: holderOf(identity), address: addressKey(address) },
  });
  return context.json(recording.view(0), 201, { location: `${basePath}/api/recordings/${recording.id}`, ...offsets(recording) });
}

/** The byte at which a `PATCH` continues. @throws ProblemError 400, 413 or 415 */
function appendOffset(context: Context, { upload }: Recording): number {
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
  const header = context.req.header('upload-offset') ?? '';
  if (!/^\d{1,15}$/.test(header)) throw badRequest('bad_offset', 'the header Upload-Offset must be the byte at which the body continues');
  const offset = Number(header);
  const length = Number(context.req.header('content-length') ?? 0);
  if (offset === upload.offset && offset + length > upload.size) {
    throw new ProblemError({
      status: 413,
      title: 'Content Too Large',
      code: 'too_large',
      detail: `this recording was announced with ${String(upload.size)} bytes`,
    });
  }
  return offset;
}

/** @throws ProblemError 404, also for a recording of somebody else */
function find(
  context: Context,
  { service, guard }: RecordingRoutesOptions,
): { readonly recording: Recording; readonly recordings: Recordings } {
  const recordings = accepting(service);
  const recording = recordings.get(context.req.param('id') ?? '');
  const identity = context.get('identity');
  if (
    recording === undefined ||
    !coversSession(identity, recording.session) ||
    !(hasGrant(identity, 'admin') || recording.writer === writerKey(identity, guard.peer(context).address))
  )
    throw notFound('recording with this id');
  return { recording, recordings };
}

/** @throws ProblemError where recordings are not accepted */
function accepting(service: RecordingsService): Recordings {
  if (service.recordings) return service.recordings;
  throw new ProblemError({ status: 403, title: 'Forbidden', code: 'recordings_disabled', detail: service.reason });
}

async function announcement(context: Context): Promise<NewRecording> {
  const text = await readBody(context, MAX_ANNOUNCEMENT_BYTES);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  const parsed = newRecordingSchema.safeParse(body, { error: plainWords });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw badRequest(
    'bad_recording',
    `the body must be JSON such as {"name": "interview.mp4", "size": 1048576}: ${[issue?.path.join('.'), issue?.message].filter(Boolean).join(' ')}`,
  );
}

const offsets = ({ upload }: Recording): Record<string, string> => ({
  'upload-offset': String(upload.offset),
  'upload-length': String(upload.size),
  'cache-control': 'no-store',
});
