import { z } from 'zod';
import { EXPORT_FORMATS, UPLOAD_TYPE } from '../../events/mod.js';
import { CURVE_NAMES } from '../../pipeline/mod.js';
import { reviewing } from './review-operations.js';
import { DEFAULT_CURVES, MAX_POINTS } from '../http/series.js';
import type { ComponentName } from './components.js';

export interface Parameter {
  readonly description: string;
  readonly schema: z.ZodType;
  readonly required?: boolean;
}

export interface Content {
  readonly description: string;
  /** Media type by the name of its JSON schema, or `bytes` or `text`; absent without a body. */
  readonly content?: Readonly<Record<string, ComponentName | 'bytes' | 'text'>>;
  readonly headers?: readonly (keyof typeof HEADERS)[];
}

/** One route of the HTTP API. */
export interface Operation {
  readonly method: 'get' | 'head' | 'post' | 'put' | 'patch' | 'delete' | 'options';
  /** As OpenAPI writes it. */
  readonly path: string;
  /** Name for generated clients. */
  readonly id: string;
  readonly tag: 'Sessions' | 'Annotations' | 'Reviews' | 'Markers' | 'Publishing' | 'Recordings' | 'Access' | 'Operation';
  readonly summary: string;
  readonly query?: Readonly<Record<string, Parameter>>;
  readonly headers?: Readonly<Record<string, Parameter>>;
  readonly body?: Content;
  readonly answers: Readonly<Record<number, Content>>;
  /** Statuses of refusals that are this route's own, beside those that every route has. */
  readonly problems?: readonly number[];
}

/** Headers of answers. */
export const HEADERS = {
  Location: 'address of what was created',
  ETag: 'tag of the ICE session, for `If-Match`',
  Link: 'ICE servers, `rel="ice-server"` (RFC 9725)',
  'X-Session-Id': "the session's public id",
  'Upload-Offset': 'bytes that have arrived',
  'Upload-Length': 'bytes of the file',
} as const;

const SDP = 'application/sdp';
const FRAGMENT = 'application/trickle-ice-sdpfrag';
const JSON_TYPE = 'application/json';
const EXPORTS = { ...EXPORT_FORMATS, html: 'text/html; charset=UTF-8' } as const;

const json = (schema: ComponentName, description: string): Content => ({ description, content: { [JSON_TYPE]: schema } });
const nothing = (description: string): Content => ({ description });
const upload = (description: string): Content => ({ description, headers: ['Upload-Offset', 'Upload-Length'] });

const exported: Content = {
  description: 'the annotations; those that the spotter withdrew are left out',
  content: {
    ...Object.fromEntries(Object.values(EXPORTS).map((type) => [type.split(';')[0] ?? type, 'text' as const])),
    [JSON_TYPE]: 'AnnotationList',
  },
};

const sessions: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/bids/events.json',
    id: 'getBidsColumns',
    tag: 'Sessions',
    summary: 'Describes the columns of `format=bids`, as BIDS wants it in `*_events.json`',
    answers: { 200: { description: 'the description', content: { [JSON_TYPE]: 'text' } } },
  },
  {
    method: 'get',
    path: '/api/sessions',
    id: 'listSessions',
    tag: 'Sessions',
    summary: 'Lists live and past sessions, newest first',
    query: {
      limit: { description: 'sessions at most', schema: z.int().min(1).max(1000).default(200) },
      before: { description: 'id of the last session of the previous page', schema: z.string() },
    },
    answers: { 200: json('SessionList', 'the sessions that the token covers') },
    problems: [400],
  },
  {
    method: 'get',
    path: '/api/sessions/{id}',
    id: 'getSession',
    tag: 'Sessions',
    summary: 'Returns a session',
    answers: { 200: json('Session', 'the session') },
    problems: [404],
  },
  {
    method: 'patch',
    path: '/api/sessions/{id}',
    id: 'changeSession',
    tag: 'Sessions',
    summary: "Changes a live session's threshold",
    body: json('SessionSettings', 'what to change'),
    answers: { 200: json('SessionSettingsSet', 'what is now in effect') },
    problems: [400, 404, 409, 413],
  },
  {
    method: 'delete',
    path: '/api/sessions/{id}',
    id: 'eraseSession',
    tag: 'Sessions',
    summary: 'Ends a session and erases all that was stored of it; admin, or the token that published it',
    answers: { 204: nothing('erased') },
    problems: [404],
  },
  {
    method: 'get',
    path: '/api/sessions/{id}/annotations',
    id: 'listAnnotations',
    tag: 'Annotations',
    summary: 'Returns the closed annotations of a session, as JSON, JSON lines, CSV, ELAN or HTML',
    query: {
      format: { description: 'form of the answer', schema: z.enum(Object.keys(EXPORTS)).default('json') },
      coders: {
        description: 'in CSV, ELAN and JSON lines, also the reviews of these coders: `all`, or names joined by commas',
        schema: z.string(),
      },
    },
    answers: { 200: exported },
    problems: [400, 403, 404],
  },
  {
    method: 'get',
    path: '/api/sessions/{id}/report.html',
    id: 'getReport',
    tag: 'Annotations',
    summary: 'Returns a report of the session with images, as one HTML file',
    answers: { 200: { description: 'the report', content: { 'text/html': 'text' } } },
    problems: [404],
  },
  {
    method: 'get',
    path: '/api/sessions/{id}/series',
    id: 'getSeries',
    tag: 'Sessions',
    summary: 'Returns the curves of a session at any zoom, with faults, gaps, and the peaks that raised no alert',
    query: {
      from: { description: 'media seconds', schema: z.number().min(0).default(0) },
      to: { description: 'media seconds; by default the end', schema: z.number().min(0) },
      points: { description: 'points of a curve at most', schema: z.int().min(2).max(MAX_POINTS).default(1000) },
      curves: {
        description: `names, joined by commas: ${CURVE_NAMES.join(', ')}; \`motion\` is that of the region that moved most`,
        schema: z.string().default(DEFAULT_CURVES),
      },
    },
    answers: { 200: json('Series', 'the curves; no faces where none are stored') },
    problems: [400, 404],
  },
  {
    method: 'post',
    path: '/api/sessions/{id}/markers',
    id: 'setMarker',
    tag: 'Markers',
    summary: 'Marks a moment of a live session: a trial, a stimulus, a response',
    body: json('NewMarker', 'the marker'),
    answers: { 201: json('Marker', 'the marker with its media time') },
    problems: [400, 404, 409, 413],
  },
  {
    method: 'get',
    path: '/api/sessions/{id}/markers',
    id: 'listMarkers',
    tag: 'Markers',
    summary: 'Returns the markers of a session',
    query: { format: { description: 'form of the answer', schema: z.enum(['json', 'csv']).default('json') } },
    answers: { 200: { description: 'the markers', content: { [JSON_TYPE]: 'MarkerList', 'text/csv': 'text' } } },
    problems: [400, 404],
  },
  {
    method: 'get',
    path: '/api/annotations/{id}/images',
    id: 'listImages',
    tag: 'Annotations',
    summary: 'Names the images that are stored of an annotation',
    answers: { 200: json('ImageList', 'their names') },
    problems: [404],
  },
  {
    method: 'get',
    path: '/api/annotations/{id}/{image}.png',
    id: 'getImage',
    tag: 'Annotations',
    summary: 'Returns an image: the aligned crop at onset or apex, the flow, or the motion-enhanced onset',
    answers: { 200: { description: 'the image', content: { 'image/png': 'bytes' } } },
    problems: [404],
  },
  {
    method: 'post',
    path: '/api/annotations/{id}/ask',
    id: 'askAboutAnnotation',
    tag: 'Annotations',
    summary: 'Answers a question about a closed annotation from its evidence',
    body: json('Ask', 'the question'),
    answers: { 200: json('QuestionAnswer', 'the answer') },
    problems: [400, 404, 413],
  },
];

const publishing: readonly Operation[] = [
  {
    method: 'post',
    path: '/whip',
    id: 'publish',
    tag: 'Publishing',
    summary: 'Starts a session by WHIP (RFC 9725)',
    query: {
      name: { description: "the session's name", schema: z.string().max(128) },
      hops: { description: 'redirects so far, between processes', schema: z.int().nonnegative() },
    },
    body: { description: 'the SDP offer', content: { [SDP]: 'text' } },
    answers: {
      201: { description: 'the SDP answer', content: { [SDP]: 'text' }, headers: ['Location', 'ETag', 'Link', 'X-Session-Id'] },
      307: { description: 'this process is full: post the offer to the address in `Location`', headers: ['Location'] },
    },
    problems: [400, 413, 415],
  },
  {
    method: 'options',
    path: '/whip',
    id: 'publishOptions',
    tag: 'Publishing',
    summary: 'Names the accepted type of offers',
    answers: { 204: nothing('`Accept-Post` names it') },
  },
  {
    method: 'patch',
    path: '/whip/{resource}',
    id: 'trickle',
    tag: 'Publishing',
    summary: 'Adds ICE candidates, or restarts ICE',
    headers: { 'If-Match': { description: 'tag of the ICE session; `*` restarts ICE', schema: z.string() } },
    body: { description: 'the SDP fragment', content: { [FRAGMENT]: 'text' } },
    answers: {
      200: { description: "after an ICE restart, the server's fragment", content: { [FRAGMENT]: 'text' }, headers: ['ETag'] },
      204: nothing('candidates were added'),
    },
    problems: [400, 404, 412, 413, 415],
  },
  {
    method: 'delete',
    path: '/whip/{resource}',
    id: 'stopPublishing',
    tag: 'Publishing',
    summary: 'Ends the session',
    answers: { 200: nothing('ended') },
    problems: [404],
  },
  {
    method: 'options',
    path: '/whip/{resource}',
    id: 'trickleOptions',
    tag: 'Publishing',
    summary: 'Names the accepted type of fragments',
    answers: { 204: nothing('`Accept-Patch` names it') },
  },
];

const recordings: readonly Operation[] = [
  {
    method: 'post',
    path: '/api/recordings',
    id: 'announceRecording',
    tag: 'Recordings',
    summary: 'Announces a recording to upload',
    body: json('NewRecording', 'the file and what to do with it'),
    answers: {
      201: { ...json('Recording', 'room was made for it'), headers: ['Location', 'Upload-Offset', 'Upload-Length'] },
    },
    problems: [400, 413, 507],
  },
  {
    method: 'get',
    path: '/api/recordings/{id}',
    id: 'getRecording',
    tag: 'Recordings',
    summary: 'Returns the state of a recording; `HEAD` ends a request that is still writing and returns the bytes received',
    answers: { 200: { ...json('Recording', 'the recording'), headers: ['Upload-Offset', 'Upload-Length'] } },
    problems: [404],
  },
  {
    method: 'patch',
    path: '/api/recordings/{id}',
    id: 'appendToRecording',
    tag: 'Recordings',
    summary: 'Appends bytes of the file',
    headers: { 'Upload-Offset': { description: 'the byte at which the body continues', schema: z.int().nonnegative(), required: true } },
    body: { description: 'bytes of the file', content: { [UPLOAD_TYPE]: 'bytes' } },
    answers: { 204: upload('the bytes were stored') },
    problems: [400, 404, 409, 413, 415, 422, 507],
  },
  {
    method: 'delete',
    path: '/api/recordings/{id}',
    id: 'deleteRecording',
    tag: 'Recordings',
    summary: 'Cancels a recording and deletes it',
    answers: { 204: nothing('deleted') },
    problems: [404],
  },
];

const others: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/access',
    id: 'getAccess',
    tag: 'Access',
    summary: 'Returns what the token allows',
    answers: { 200: json('Access', 'the grants') },
  },
  {
    method: 'post',
    path: '/api/tickets',
    id: 'issueTicket',
    tag: 'Access',
    summary: 'Issues a ticket for one WebSocket, where a token cannot be sent',
    answers: { 201: json('Ticket', 'the ticket') },
  },
  {
    method: 'get',
    path: '/metrics',
    id: 'getMetrics',
    tag: 'Operation',
    summary: 'Returns the metrics for Prometheus; needs `metrics` if `auth.metrics` is `token`',
    answers: { 200: { description: 'the metrics', content: { 'text/plain': 'text', 'application/openmetrics-text': 'text' } } },
  },
  {
    method: 'get',
    path: '/healthz',
    id: 'getHealth',
    tag: 'Operation',
    summary: 'Answers while the process is alive',
    answers: { 200: json('Health', 'it is') },
  },
  {
    method: 'get',
    path: '/readyz',
    id: 'getReadiness',
    tag: 'Operation',
    summary: 'Answers 200 while sessions are accepted',
    answers: { 200: json('Readiness', 'they are') },
  },
  {
    method: 'get',
    path: '/openapi.json',
    id: 'getOpenApi',
    tag: 'Operation',
    summary: 'Returns this description (OpenAPI 3.1)',
    answers: { 200: { description: 'the description', content: { [JSON_TYPE]: 'text' } } },
  },
  {
    method: 'get',
    path: '/asyncapi.json',
    id: 'getAsyncApi',
    tag: 'Operation',
    summary: 'Returns the description of the WebSocket (AsyncAPI 3)',
    answers: { 200: { description: 'the description', content: { [JSON_TYPE]: 'text' } } },
  },
];

/** Every route but the page's files. A test compares them with the routes that the server has. */
export const OPERATIONS: readonly Operation[] = [...sessions, ...reviewing, ...publishing, ...recordings, ...others];

/** Parameters in paths, by name. */
export const PATH_PARAMETERS: Readonly<Record<string, Parameter>> = {
  coder: { description: 'name of the coder: letters, digits, spaces, dots, dashes and underscores', schema: z.string() },
  entry: {
    description: "id of the entry, unique for the coder: the alert's id, or one of your own for a window that was added",
    schema: z.string(),
  },
  id: { description: 'id of the session, annotation or recording', schema: z.string() },
  image: { description: 'which image', schema: z.enum(['onset', 'apex', 'flow', 'motion']) },
  resource: { description: 'secret part of the `Location` that `POST /whip` returned', schema: z.string() },
};
