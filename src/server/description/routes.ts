import { Hono, type Context } from 'hono';
import { packageVersion } from '../../config/mod.js';
import type { Guard } from '../http/guard.js';
import { asyncApi } from './asyncapi.js';
import { openApi } from './openapi.js';

/** `/openapi.json` and `/asyncapi.json`: the HTTP API and the events of the WebSocket, for people and generators of clients. */
export function descriptionRoutes({ guard, basePath }: { readonly guard: Pick<Guard, 'peer'>; readonly basePath: string }): Hono {
  const app = new Hono();
  const version = packageVersion();
  const http = openApi({ version, server: basePath || '/' });
  const send = (context: Context, body: object): Response => context.json(body, 200, { 'cache-control': 'no-cache' });
  app.get('/openapi.json', (context) => send(context, http));
  app.get('/asyncapi.json', (context) => {
    const { host = 'localhost', encrypted } = guard.peer(context);
    return send(context, asyncApi({ version, host, encrypted, basePath }));
  });
  return app;
}
