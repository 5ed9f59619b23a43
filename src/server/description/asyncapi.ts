import { SUBPROTOCOL } from '../../events/mod.js';
import { componentReference, eventSchemas, type JsonSchema } from './components.js';
import type { DescriptionOptions } from './openapi.js';

export interface AsyncDescriptionOptions extends DescriptionOptions {
  /** Where the client reached the server. */
  readonly host: string;
  readonly encrypted: boolean;
  /** The path below which a proxy serves the server. Default none. */
  readonly basePath?: string;
}

const QUERY: JsonSchema = {
  type: 'object',
  properties: {
    session: { type: 'string', description: 'the session to watch; absent: all live sessions that the token covers' },
    since: { type: 'integer', minimum: 0, description: 'the last `seq` received: what was missed is sent first; needs `session`' },
    ticket: { type: 'string', description: 'from `POST /api/tickets`, where a token cannot be sent' },
  },
};

/** AsyncAPI 3 of `GET /ws`, from the schemas of the events. */
export function asyncApi({ version, host, encrypted, basePath = '', ...options }: AsyncDescriptionOptions): JsonSchema {
  const schemas = eventSchemas(options);
  const types = Object.keys(schemas).filter((name) => name !== 'Annotation');
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'mellm-live',
      version,
      description: `Events of live and past sessions as JSON text messages, subprotocol \`${SUBPROTOCOL}\`. Those with \`seq\` are numbered per session without gaps; \`since\` replays them. The socket is read-only.`,
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    servers: {
      here: {
        host,
        protocol: encrypted ? 'wss' : 'ws',
        ...(basePath === '' ? {} : { pathname: basePath }),
        security: [{ $ref: '#/components/securitySchemes/token' }],
      },
    },
    channels: {
      events: {
        address: '/ws',
        messages: Object.fromEntries(types.map((type) => [type, { $ref: `#/components/messages/${type}` }])),
        bindings: { ws: { method: 'GET', query: QUERY, bindingVersion: '0.1.0' } },
      },
    },
    operations: {
      sendEvents: { action: 'send', channel: { $ref: '#/channels/events' }, summary: 'The server sends events to a viewer' },
    },
    components: {
      messages: Object.fromEntries(types.map((type) => [type, { name: type, payload: componentReference(type) }])),
      schemas,
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'where tokens are set up; a browser sends it as the subprotocol `bearer.` and the token in base64url',
        },
      },
    },
  };
}
