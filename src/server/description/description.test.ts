import { Validator } from '@seriousme/openapi-schema-validator';
import specs from '@asyncapi/specs';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../config/mod.js';
import { CLIENT_FILES } from '../http/page-files.js';
import { allRoutes, type RouteParts } from '../http/routes.js';
import { asyncApi } from './asyncapi.js';
import { grantOf, openApi } from './openapi.js';
import { OPERATIONS } from './operations.js';

const OPTIONS = { version: '1.2.3' };
const CONNECTION = { host: 'example.org', encrypted: true };

/** Every route of a server with all roles, as OpenAPI writes it; the page's files are no API. */
function servedRoutes(): string[] {
  const parts = { config: loadConfig({ overrides: {} }), guard: {}, publishing: {}, store: {}, uploads: {}, sessions: {} };
  return allRoutes(parts as unknown as RouteParts)
    .routes.filter(({ method }) => method !== 'ALL')
    .map(
      ({ method, path }) => `${method} ${path.replace(':file{(onset|apex|flow|motion)\\.png}', '{image}.png').replace(/:(\w+)/g, '{$1}')}`,
    )
    .filter((route) => !['GET /*', 'GET /watch', 'GET /review', ...CLIENT_FILES.map((file) => `GET ${file}`)].includes(route));
}

describe('OpenAPI', () => {
  it('is valid by the OpenAPI schema', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(openApi(OPTIONS)));
    expect(errors ?? []).toEqual([]);
    expect(valid).toBe(true);
  });

  it('describes every route that the server has, and no other', () => {
    const described = OPERATIONS.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    expect(described.toSorted()).toEqual([...new Set(servedRoutes())].toSorted());
    expect(new Set(OPERATIONS.map(({ id }) => id)).size).toBe(OPERATIONS.length);
  });

  it('states the grant that the guard asks for', () => {
    const grants = Object.fromEntries(OPERATIONS.map((operation) => [operation.id, grantOf(operation)]));
    expect(grants).toMatchObject({
      listSessions: 'watch',
      changeSession: 'publish',
      eraseSession: 'publish',
      getRecording: 'publish',
      publish: 'publish',
      issueTicket: 'watch',
      getAccess: undefined,
      getHealth: undefined,
    });
  });

  it('lets a later version add fields: only the strict form of the tests forbids them', () => {
    expect(JSON.stringify(openApi(OPTIONS)['components'])).not.toContain('"Session":{"additionalProperties":false');
    expect(JSON.stringify(openApi({ ...OPTIONS, strict: true }))).toContain('"additionalProperties":false');
  });
});

/** What AsyncAPI's own JSON schema (draft 7, which it holds a copy of) says of a document. */
function asyncFaults(document: object): unknown[] {
  const ajv = new Ajv({ strict: false, meta: false, validateSchema: false, allErrors: true });
  addFormats.default(ajv);
  const validate = ajv.compile(specs.schemas['3.0.0'] as object);
  validate(document);
  return validate.errors ?? [];
}

describe('AsyncAPI', () => {
  it('is valid by the AsyncAPI schema', () => {
    expect(asyncFaults(asyncApi({ ...OPTIONS, ...CONNECTION, basePath: '/mellm' }))).toEqual([]);
  });

  it('is refused by the same check if it is wrong', () => {
    expect(asyncFaults({ ...asyncApi({ ...OPTIONS, ...CONNECTION }), channels: { events: { address: 5 } } })).not.toEqual([]);
  });

  it('has a message for every type of event', () => {
    const { components } = asyncApi({ ...OPTIONS, ...CONNECTION }) as unknown as { components: { messages: object } };
    expect(Object.keys(components.messages)).toEqual(
      expect.arrayContaining(['session.started', 'session.ended', 'annotation.closed', 'error', 'track', 'signal', 'stats', 'progress']),
    );
  });
});
