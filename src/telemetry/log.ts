import { pino, type Logger as PinoLogger } from 'pino';

export type Logger = PinoLogger;

/** Structured logs, one JSON object a line on stderr. Session ids, never personal data: no names, addresses, tokens or SDP. */
export function createLogger(level: string): Logger {
  return pino({ level, base: null, redact: ['token', 'authorization', 'sdp', '*.token', '*.sdp'] }, pino.destination({ dest: 2, sync: true }));
}
