import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A stand-in for an OpenAI-compatible server, for tests. */
export interface MockServer {
  readonly url: string;
  /** Bodies of the requests so far. */
  readonly requests: Record<string, unknown>[];
  /** Most requests that were under way at once. */
  readonly most: () => number;
  close(): Promise<void>;
}

export type Responder = (
  response: ServerResponse,
  body: Record<string, unknown>,
  count: number,
  request: IncomingMessage,
) => void | Promise<void>;

export const ANSWER =
  '### 1. Regions\nThe left mouth corner rises.\n### 2. Reasoning\nA smile.\n### 3. Summary\nAUs: AU12. Micro-expression: Positive';

/** Starts one on a free port of the loopback. */
export async function mockServer(respond: Responder): Promise<MockServer> {
  const requests: Record<string, unknown>[] = [];
  let now = 0;
  let most = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
      requests.push(body);
      most = Math.max(most, ++now);
      response.on('close', () => {
        now--;
      });
      void respond(response, body, requests.length, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/v1`,
    requests,
    most: () => most,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}

export function begin(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
}

export function chunk(text: string, finish: string | null = null): string {
  return `data: ${JSON.stringify({ object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content: text }, finish_reason: finish }] })}\n\n`;
}

/** Streams an answer word by word, `pause` ms apart. */
export async function stream(response: ServerResponse, answer = ANSWER, pause = 0): Promise<void> {
  begin(response);
  for (const word of answer.split(/(?<=\s)/)) {
    response.write(chunk(word));
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
  }
  response.write(chunk('', 'stop'));
  response.write(`data: ${JSON.stringify({ choices: [], usage: { completion_tokens: 40 } })}\n\n`);
  response.end('data: [DONE]\n\n');
}
