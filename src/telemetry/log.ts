import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino';
import { mask } from './mask.js';

export type Logger = PinoLogger;

/** Fields that are dropped should someone log them all the same. */
const NEVER = ['token', 'authorization', 'sdp', 'offer', 'answer', 'name', 'address', 'ip', 'text', 'emotion', 'location', 'secret'];

/**
 * Structured logs, one JSON object a line, with an ISO time and the level in words: on stderr where no destination is given. Session
 * ids, never personal data: no names, addresses, tokens, SDP, and nothing of what was seen in a face.
 */
export function createLogger(level: string, destination: DestinationStream = pino.destination({ dest: 2, sync: true })): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
      redact: { paths: NEVER.flatMap((field) => [field, `*.${field}`]), remove: true },
      hooks: {
        logMethod(args, method) {
          method.apply(this, args.map((arg: unknown) => (typeof arg === 'string' ? mask(arg) : arg)) as Parameters<typeof method>);
        },
      },
    },
    destination,
  );
}

/** An error's kind, code, words and place, and those of what caused it. */
function describeError(error: unknown, depth = 0): object | string {
  if (!(error instanceof Error)) return mask(String(error));
  const code = (error as { code?: unknown }).code;
  return {
    type: error.name,
    message: mask(error.message),
    ...(typeof code === 'string' ? { code } : {}),
    ...(error.stack === undefined ? {} : { stack: mask(error.stack) }),
    ...(error.cause === undefined || depth > 3 ? {} : { cause: describeError(error.cause, depth + 1) }),
  };
}
