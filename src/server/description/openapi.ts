import { WEBHOOK_EVENTS, type Grant } from '../../config/mod.js';
import { grantFor } from '../http/access.js';
import {
  componentReference,
  componentSchemas,
  parameterSchema,
  webhookSchemas,
  type JsonSchema,
  type SchemaOptions,
} from './components.js';
import { HEADERS, OPERATIONS, PATH_PARAMETERS, type Content, type Operation, type Parameter } from './operations.js';

export interface DescriptionOptions extends SchemaOptions {
  readonly version: string;
  /** Path or URL of the server. Default `/`. */
  readonly server?: string;
}

/** Refusals that any route may answer with. */
const COMMON_PROBLEMS = [401, 403, 429, 500, 503];

const PROBLEMS: Readonly<Record<number, string>> = {
  400: 'malformed request',
  401: 'no token, or a wrong one',
  403: 'the token, the origin or the address is not allowed',
  404: 'not found, or not covered by the token',
  409: 'conflicts with the present state',
  412: 'the ICE session has changed',
  413: 'the body is too large',
  415: 'unsupported media type',
  422: 'the content is not what was announced',
  429: 'too many requests: wait for `Retry-After` seconds',
  500: 'the server failed',
  503: 'not available now: wait for `Retry-After` seconds',
  507: 'no space left',
};

/** The grant that an operation needs; undefined where it needs none. */
export function grantOf({ method, path }: Operation): Grant | undefined {
  if (path.startsWith('/whip')) return method === 'options' ? undefined : 'publish';
  if (path === '/metrics') return 'metrics';
  if (!path.startsWith('/api/') || path === '/api/access') return undefined;
  return grantFor(method.toUpperCase(), path);
}

/** OpenAPI 3.1 of the HTTP API, from the schemas that the server validates with. */
export function openApi({ version, server = '/', ...options }: DescriptionOptions): JsonSchema {
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const operation of OPERATIONS) (paths[operation.path] ??= {})[operation.method] = described(operation);
  return {
    openapi: '3.1.1',
    info: {
      title: 'mellm-live',
      version,
      description: 'Finds facial micro-expressions in live video. Events of a session come by WebSocket: see `/asyncapi.json`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: server }],
    tags: [...new Set(OPERATIONS.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    webhooks: Object.fromEntries(WEBHOOK_EVENTS.map((type) => [type, webhook(type)])),
    components: {
      schemas: { ...webhookSchemas(options), ...componentSchemas(options) },
      responses: Object.fromEntries(
        Object.entries(PROBLEMS).map(([status, description]) => [
          `Problem${status}`,
          { description, content: { 'application/problem+json': { schema: componentReference('Problem') } } },
        ]),
      ),
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'needed where tokens are set up' } },
    },
  };
}

/** What the server sends to receivers in its settings. */
function webhook(type: string): JsonSchema {
  const header = (name: string, description: string): JsonSchema => ({
    name,
    in: 'header',
    required: true,
    description,
    schema: { type: 'string' },
  });
  return {
    post: {
      operationId: `webhook.${type}`,
      summary: `Sends the event \`${type}\` to a receiver in \`webhooks.targets\``,
      parameters: [
        header('Mellm-Signature', '`t=<seconds since the epoch>,v1=<hex>`: HMAC-SHA256 with the secret over `t`, a dot and the body'),
        header('Mellm-Delivery', 'the idempotency key, the same for every attempt'),
      ],
      requestBody: { required: true, content: { 'application/json': { schema: componentReference(type) } } },
      responses: { '2XX': { description: 'received; anything else is tried again' } },
    },
  };
}

function described(operation: Operation): JsonSchema {
  const { id, tag, summary, body, answers, problems = [] } = operation;
  const grant = grantOf(operation);
  const parameters = parametersOf(operation);
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(grant === undefined ? {} : { description: `Needs the grant \`${grant}\`.` }),
    security: grant === undefined && tag !== 'Access' ? [] : [{}, { token: [] }],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: { description: body.description, required: true, content: contentOf(body) } } : {}),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, answerOf(answer)])),
      ...Object.fromEntries(
        [...COMMON_PROBLEMS, ...problems].map((status) => [status, { $ref: `#/components/responses/Problem${String(status)}` }]),
      ),
    },
  };
}

function parametersOf({ path, query = {}, headers = {} }: Operation): JsonSchema[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => [name, { ...PATH_PARAMETERS[name], required: true }] as const);
  const list = (place: string, entries: Iterable<readonly [string, Partial<Parameter>]>): JsonSchema[] =>
    [...entries].map(([name, { description = '', schema, required = false }]) => ({
      name,
      in: place,
      required,
      description,
      schema: schema ? parameterSchema(schema) : {},
    }));
  return [...list('path', inPath), ...list('query', Object.entries(query)), ...list('header', Object.entries(headers))];
}

function answerOf({ description, headers = [], ...content }: Content): JsonSchema {
  return {
    description,
    ...(content.content ? { content: contentOf({ description, ...content }) } : {}),
    ...(headers.length > 0
      ? { headers: Object.fromEntries(headers.map((name) => [name, { description: HEADERS[name], schema: { type: 'string' } }])) }
      : {}),
  };
}

function contentOf({ content = {} }: Content): JsonSchema {
  return Object.fromEntries(
    Object.entries(content).map(([type, schema]) => [
      type,
      {
        schema:
          schema === 'bytes' ? {} : schema === 'text' ? (type.includes('json') ? {} : { type: 'string' }) : componentReference(schema),
      },
    ]),
  );
}
