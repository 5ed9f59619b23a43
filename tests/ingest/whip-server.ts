import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WhipError, type IngestPool, type Publication } from '../../src/ingest/mod.js';

/** The least HTTP around an {@link IngestPool} that a WHIP client needs (RFC 9725). */
export interface WhipServer {
  readonly url: string;
  readonly publications: Publication[];
  close(): Promise<void>;
}

export async function startWhipServer(pool: IngestPool, onPublish: (publication: Publication) => void): Promise<WhipServer> {
  const publications: Publication[] = [];
  const server: Server = createServer((request, response) => {
    void (async () => {
      const path = request.url ?? '';
      response.setHeader('Access-Control-Allow-Origin', '*');
      if (request.method === 'OPTIONS') {
        response.setHeader('Access-Control-Allow-Headers', '*');
        response.setHeader('Access-Control-Allow-Methods', '*');
        response.writeHead(204).end();
        return;
      }
      if (request.method === 'GET') {
        response.setHeader('content-type', 'text/html');
        response.end('<!doctype html><title>publisher</title>');
        return;
      }
      const body = await read(request);
      try {
        if (request.method === 'POST') {
          const publication = await pool.publish(body, { sessionKey: String(publications.length) });
          publications.push(publication);
          onPublish(publication);
          response
            .writeHead(201, {
              'content-type': 'application/sdp',
              etag: publication.etag,
              location: `/whip/${String(publications.length - 1)}`,
            })
            .end(publication.answer);
          return;
        }
        const publication = publications[Number(path.split('/').at(-1))];
        if (!publication) {
          response.writeHead(404).end();
          return;
        }
        if (request.method === 'DELETE') {
          await publication.close();
          response.writeHead(200).end();
          return;
        }
        const reply = await publication.trickle(body, request.headers['if-match']);
        response
          .writeHead(reply.status, { etag: reply.etag, ...(reply.body ? { 'content-type': 'application/trickle-ice-sdpfrag' } : {}) })
          .end(reply.body);
      } catch (error) {
        response.writeHead(error instanceof WhipError ? error.status : 500).end(String(error));
      }
    })();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/whip`,
    publications,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
