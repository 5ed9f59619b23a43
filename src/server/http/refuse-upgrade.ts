import type { Duplex } from 'node:stream';
import { problemBody, type Problem } from './problem.js';

/** Milliseconds that a client has to read the response. */
const ANSWER_TIMEOUT_MS = 2000;
/** Milliseconds for which incoming bytes are read after the response: closing with unread bytes sends a reset, which may overtake it. */
const LINGER_MS = 250;

/**
 * Answers an upgrade with a problem and closes its socket, whatever the client does. After an upgrade the socket is ours: Node handles
 * neither its errors nor its end, and since half-open connections are allowed, `end` alone might keep it open forever.
 */
export function refuseUpgrade(socket: Duplex, problem: Problem): void {
  const close = (): void => {
    socket.destroy();
  };
  socket.on('error', close);
  if (socket.destroyed) return;
  let timer = setTimeout(close, ANSWER_TIMEOUT_MS);
  socket.once('close', () => {
    clearTimeout(timer);
  });
  socket.once('end', close);
  socket.once('finish', () => {
    clearTimeout(timer);
    timer = setTimeout(close, LINGER_MS);
  });
  socket.resume();
  socket.end(answerOf(problem));
}

function answerOf(problem: Problem): string {
  const body = problemBody(problem);
  return [
    `HTTP/1.1 ${String(problem.status)} ${problem.title}`,
    'content-type: application/problem+json',
    `content-length: ${String(Buffer.byteLength(body))}`,
    'connection: close',
    ...(problem.retryAfter === undefined ? [] : [`retry-after: ${String(Math.max(1, Math.ceil(problem.retryAfter)))}`]),
    ...Object.entries(problem.headers ?? {}).map(([name, value]) => `${name}: ${value}`),
    '',
    body,
  ].join('\r\n');
}
