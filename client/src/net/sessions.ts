import { z } from 'zod';
import { annotationSchema, type Annotation } from '../../../src/events/schema.js';
import { authorization } from './access-token.js';
import { fetchOk, ProblemError } from './problem.js';

const sessionSchema = z.object({
  id: z.string(),
  name: z.string().default(''),
  state: z.enum(['live', 'ended']),
  started: z.string(),
  ended: z.string().nullish(),
  reason: z.string().nullish(),
  video: z.object({ width: z.number(), height: z.number(), codec: z.string() }).nullish(),
  annotations: z.object({ micro: z.number(), macro: z.number() }).optional(),
});

/** A session as `GET /api/sessions` lists it. */
export type SessionEntry = z.infer<typeof sessionSchema>;

const listSchema = z.union([z.array(sessionSchema), z.object({ sessions: z.array(sessionSchema) }).transform((body) => body.sessions)]);

async function getJson<T>(url: string, schema: z.ZodType<T>, signal?: AbortSignal): Promise<T> {
  const response = await fetchOk(url, { headers: { accept: 'application/json', ...authorization() }, ...(signal ? { signal } : {}) });
  const parsed = schema.safeParse(await response.json().catch(() => undefined));
  if (!parsed.success)
    throw new ProblemError("The server's answer is not valid.", { code: 'unreadable', status: response.status, cause: parsed.error });
  return parsed.data;
}

/** All sessions, newest first. @throws ProblemError */
export function listSessions(signal?: AbortSignal): Promise<SessionEntry[]> {
  return getJson('api/sessions', listSchema, signal);
}

/** @throws ProblemError with status 404 where there is no such session */
export function getSession(id: string): Promise<SessionEntry> {
  return getJson(
    `api/sessions/${encodeURIComponent(id)}`,
    z.union([sessionSchema, z.object({ session: sessionSchema }).transform((body) => body.session)]),
  );
}

export const EXPORT_FORMATS = ['json', 'jsonl', 'csv', 'eaf'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export function exportUrl(session: string, format: ExportFormat): string {
  return `api/sessions/${encodeURIComponent(session)}/annotations?format=${format}`;
}

/** The session as one HTML page. */
export function reportUrl(session: string): string {
  return `api/sessions/${encodeURIComponent(session)}/report.html`;
}

/** The closed annotations of a session, oldest first. @throws ProblemError */
export function listAnnotations(session: string): Promise<Annotation[]> {
  const list = z.array(annotationSchema);
  return getJson(exportUrl(session, 'json'), z.union([list, z.object({ annotations: list }).transform((body) => body.annotations)]));
}

const IMAGE_NAMES = ['onset', 'apex', 'flow', 'motion'] as const;
export type ImageName = (typeof IMAGE_NAMES)[number];

/** Names of the pictures that the server holds of an annotation now: they are kept for a while, and not every alert comes to have all. @throws ProblemError */
export async function listImages(annotation: string): Promise<readonly ImageName[]> {
  return (await getJson(`api/annotations/${encodeURIComponent(annotation)}/images`, z.object({ images: z.array(z.enum(IMAGE_NAMES)) })))
    .images;
}

/** One of an annotation's pictures as a blob. @throws ProblemError with status 404 where it was not kept */
export async function fetchImage(annotation: string, name: ImageName): Promise<Blob> {
  const response = await fetchOk(`api/annotations/${encodeURIComponent(annotation)}/${name}.png`, { headers: authorization() });
  return response.blob();
}
