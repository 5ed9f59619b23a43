import { StoreError, type StoreErrorCode } from '../store-error.js';

/** SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html) and the system's error codes in the words of the store. */
const MEANING: readonly (readonly [RegExp, StoreErrorCode, string])[] = [
  [/^53100$/, 'store_full', 'the disk of the database server is full; free some space, or lower store.max_megabytes'],
  [/^(53|08|57P0)/, 'store_unreachable', 'the database server is unavailable; start it, or see its log'],
  [
    /^(28|3D000|42501)/,
    'store_refused',
    'the database server denies access: check the user, the password, the database and the right to create tables',
  ],
  [/^25006$/, 'store_io', 'the database is read-only (a standby?); set store.url to the primary'],
  [/^57014$/, 'store_slow', 'the database server cancelled a statement (statement_timeout?); see its log'],
  [/^58/, 'store_io', 'the disk of the database server failed to read or write; check it'],
  [/^XX00[12]$/, 'store_damaged', 'the database is damaged; see the log of its server, or restore a backup'],
  [/^(E[A-Z_]+|CONNECTION)$/, 'store_unreachable', 'the database server is unreachable; start it, or check store.url and the network'],
];

/** What `pg` says without a code. */
const WORDS: readonly (readonly [RegExp, StoreErrorCode, string])[] = [
  [/^Query read timeout/, 'store_slow', 'the database server does not respond in time; check it and the network'],
  [
    /SASL|SSL|TLS|certificate|password/i,
    'store_refused',
    'authentication or TLS negotiation with the database server failed; check the password, TLS and sslmode in store.url',
  ],
  [
    /terminated|timeout|not queryable|closed/i,
    'store_unreachable',
    'the database server is unreachable; start it, or check store.url and the network',
  ],
];

interface Failure {
  readonly code?: unknown;
  readonly severity?: unknown;
  readonly message?: unknown;
}

const sqlState = (error: unknown): string | undefined => {
  const { code } = error as Failure;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !/^E[A-Z]{4}$/.test(code) ? code : undefined;
};

/** Any failure of the binding as a {@link StoreError}. Viewers read the message: it names no host, no user and no password. */
export function toStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const { code, message } = error as Failure;
  const known =
    typeof code === 'string'
      ? (MEANING.find(([pattern]) => pattern.test(code)) ?? (/TLS|CERT|SSL/.test(code) ? WORDS[1] : undefined))
      : WORDS.find(([pattern]) => pattern.test(String(message)));
  const told = typeof code === 'string' ? ` (${code})` : '';
  if (known) return new StoreError(known[1], `${known[2]}${told}`, error);
  return new StoreError('store_failed', `the database failed: ${String(message)}${told}`, error);
}

/** True where the tables refused a write (class 23), or can't hold its value (classes 22 and 54): the rest of its batch is sound. */
export const isRefusal = (error: unknown): boolean => /^(22|23|54)/.test(sqlState(error) ?? '');

/** True where the connection is not to be used again: it is broken, about to be, or leads to a server that can't be written any more. */
export function isLoss(error: unknown): boolean {
  const state = sqlState(error);
  return state === undefined || /^(08|57P0|25006)/.test(state) || (error as Failure).severity === 'FATAL';
}
