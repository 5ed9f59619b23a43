/**
 * The tables, in SQL that SQLite and PostgreSQL read alike (types by affinity in the one, by name in the other). A migration, once
 * released, is never changed: a later one mends it.
 *
 *     sessions ─┬─< events        (session, seq): what viewers were told, for replay
 *               ├─< annotations   closed ones, in the order of their closing
 *               ├─< images        onset, apex, flow, motion; only where images are kept
 *               ├─< series        curves, ten seconds of a face a row
 *               └─< reviews       what coders say: one row a coder and entry
 */
export const MIGRATIONS: readonly (readonly string[])[] = [
  [
    `CREATE TABLE sessions (
       id TEXT PRIMARY KEY, name TEXT NOT NULL, state TEXT NOT NULL, started TEXT NOT NULL, ended TEXT, reason TEXT,
       video TEXT, totals TEXT, made_with TEXT)`,
    'CREATE INDEX sessions_by_start ON sessions (started, id)',
    `CREATE TABLE events (
       session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE, seq BIGINT NOT NULL, body TEXT NOT NULL,
       PRIMARY KEY (session, seq))`,
    `CREATE TABLE annotations (
       id TEXT PRIMARY KEY, session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE, seq BIGINT NOT NULL,
       kind TEXT NOT NULL, withdrawn TEXT, body TEXT NOT NULL)`,
    'CREATE INDEX annotations_by_session ON annotations (session, seq)',
    `CREATE TABLE images (
       annotation TEXT NOT NULL, name TEXT NOT NULL, session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
       png BYTEA NOT NULL, PRIMARY KEY (annotation, name))`,
    'CREATE INDEX images_by_session ON images (session)',
    // What must be done again after a crash, e.g. the scrubbing that an erasure was owed.
    'CREATE TABLE duties (name TEXT PRIMARY KEY, since TEXT NOT NULL)',
  ],
  // Who may see the sessions of one name only is not to wait for a walk through all of them.
  ['CREATE INDEX sessions_by_name ON sessions (name, started, id)'],
  // Retention takes from whoever stored most: whom a session counts against (a digest of the token or address that began it), and its
  // bytes.
  [
    'ALTER TABLE sessions ADD COLUMN writer TEXT',
    'ALTER TABLE sessions ADD COLUMN bytes BIGINT NOT NULL DEFAULT 0',
    `UPDATE sessions SET bytes = (SELECT COALESCE(SUM(LENGTH(body)), 0) FROM events WHERE session = sessions.id)
       + (SELECT COALESCE(SUM(LENGTH(body)), 0) FROM annotations WHERE session = sessions.id)
       + (SELECT COALESCE(SUM(LENGTH(png)), 0) FROM images WHERE session = sessions.id)`,
  ],
  [
    `CREATE TABLE series (
       session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE, begin_ms BIGINT NOT NULL, face TEXT NOT NULL,
       until_ms BIGINT NOT NULL, data BYTEA NOT NULL, PRIMARY KEY (session, begin_ms, face))`,
  ],
  // The owner is the token that writes under the coder's name.
  [
    `CREATE TABLE reviews (
       session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE, coder TEXT NOT NULL, entry TEXT NOT NULL,
       owner TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (session, coder, entry))`,
  ],
];

/** Where the number of the last migration done is written. */
export const MIGRATIONS_TABLE = 'CREATE TABLE IF NOT EXISTS migrations (version BIGINT PRIMARY KEY, applied TEXT NOT NULL)';

const COUNT = (kind: string): string =>
  `(SELECT COUNT(*) FROM annotations a WHERE a.session = s.id AND a.withdrawn IS NULL AND a.kind = '${kind}') AS ${kind}`;
const SESSION = `SELECT s.id, s.name, s.state, s.started, s.ended, s.reason, s.video, s.totals, s.made_with, ${COUNT('micro')}, ${COUNT('macro')} FROM sessions s`;
const OLDER = '(s.started, s.id) < (SELECT b.started, b.id FROM sessions b WHERE b.id = ?)';
const NEWEST_FIRST = 'ORDER BY s.started DESC, s.id DESC LIMIT ?';

/** Whom a session counts against: those from before it was written down, by their name. */
const WRITER = "COALESCE(writer, 'name ' || name)";
/** Sessions without a name of their own bear their id. */
const LABEL = "CASE WHEN name = id THEN '' ELSE name END";
const SOME_ENDED = "HAVING SUM(CASE WHEN state = 'ended' THEN 1 ELSE 0 END) > 0";
const BIGGEST_WRITER = `SELECT ${WRITER} FROM sessions GROUP BY ${WRITER} ${SOME_ENDED} ORDER BY SUM(bytes) DESC, MIN(started) LIMIT 1`;

/** Every statement that writes, by name; `?` is a parameter. Each may be run twice without harm, since a batch may be sent twice. */
export const WRITES = {
  session: "INSERT INTO sessions (id, name, state, started, made_with, writer) VALUES (?, ?, 'live', ?, ?, ?) ON CONFLICT (id) DO NOTHING",
  event: 'INSERT INTO events (session, seq, body) VALUES (?, ?, ?) ON CONFLICT (session, seq) DO NOTHING',
  annotation: 'INSERT INTO annotations (id, session, seq, kind, withdrawn, body) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING',
  image:
    'INSERT INTO images (annotation, name, session, png) VALUES (?, ?, ?, ?) ON CONFLICT (annotation, name) DO UPDATE SET png = excluded.png',
  series:
    'INSERT INTO series (session, begin_ms, face, until_ms, data) VALUES (?, ?, ?, ?, ?) ON CONFLICT (session, begin_ms, face) DO NOTHING',
  review: `INSERT INTO reviews (session, coder, entry, owner, body) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (session, coder, entry) DO UPDATE SET owner = excluded.owner, body = excluded.body`,
  dropReview: 'DELETE FROM reviews WHERE session = ? AND coder = ? AND entry = ?',
  dropCoder: 'DELETE FROM reviews WHERE session = ? AND coder = ?',
  video: 'UPDATE sessions SET video = ? WHERE id = ?',
  totals: 'UPDATE sessions SET totals = ? WHERE id = ?',
  bytes: 'UPDATE sessions SET bytes = ? WHERE id = ?',
  /** The clock when retention last trusted it. */
  seen: "INSERT INTO duties (name, since) VALUES ('seen', ?) ON CONFLICT (name) DO UPDATE SET since = excluded.since",
  end: "UPDATE sessions SET state = 'ended', ended = ?, reason = ?, totals = ? WHERE id = ?",
  dropOldestImages:
    'DELETE FROM images WHERE annotation IN (SELECT annotation FROM images i JOIN annotations a ON a.id = i.annotation ORDER BY a.session, a.seq LIMIT 64)',
} as const;

/** Every statement that reads, by name. */
export const READS = {
  session: `${SESSION} WHERE s.id = ?`,
  writer: 'SELECT writer FROM sessions WHERE id = ?',
  newest: `${SESSION} ${NEWEST_FIRST}`,
  newestNamed: `${SESSION} WHERE s.name = ? ${NEWEST_FIRST}`,
  before: `${SESSION} WHERE ${OLDER} ${NEWEST_FIRST}`,
  beforeNamed: `${SESSION} WHERE s.name = ? AND ${OLDER} ${NEWEST_FIRST}`,
  live: "SELECT id FROM sessions WHERE state = 'live'",
  endedBefore: "SELECT id FROM sessions WHERE state = 'ended' AND ended < ? ORDER BY ended LIMIT 100",
  countEndedBefore: "SELECT COUNT(*) AS count FROM sessions WHERE state = 'ended' AND ended < ?",
  countSessions: 'SELECT COUNT(*) AS count FROM sessions',
  lastSeen: "SELECT COALESCE((SELECT since FROM duties WHERE name = 'seen'), (SELECT MAX(started) FROM sessions)) AS at",
  nextToErase: `SELECT id FROM sessions WHERE state = 'ended' AND ${WRITER} = (${BIGGEST_WRITER})
    AND ${LABEL} = (SELECT ${LABEL} FROM sessions WHERE ${WRITER} = (${BIGGEST_WRITER}) GROUP BY ${LABEL} ${SOME_ENDED} ORDER BY SUM(bytes) DESC, MIN(started) LIMIT 1)
    ORDER BY ended LIMIT 1`,
  size: `SELECT (SELECT COALESCE(SUM(LENGTH(body)), 0) FROM events WHERE session = ?)
    + (SELECT COALESCE(SUM(LENGTH(body)), 0) FROM annotations WHERE session = ?)
    + (SELECT COALESCE(SUM(LENGTH(png)), 0) FROM images WHERE session = ?)
    + (SELECT COALESCE(SUM(LENGTH(data)), 0) FROM series WHERE session = ?)
    + (SELECT COALESCE(SUM(LENGTH(body)), 0) FROM reviews WHERE session = ?) AS bytes`,
  annotations: 'SELECT body FROM annotations WHERE session = ? ORDER BY seq',
  firstAnnotations: 'SELECT body FROM annotations WHERE session = ? ORDER BY seq LIMIT ?',
  annotationsAfter:
    'SELECT body FROM annotations WHERE session = ? AND seq > (SELECT seq FROM annotations WHERE id = ?) ORDER BY seq LIMIT ?',
  events: 'SELECT seq, body FROM events WHERE session = ? AND seq > ? ORDER BY seq LIMIT ?',
  lastSeq: 'SELECT MAX(seq) AS seq FROM events WHERE session = ?',
  image: 'SELECT png FROM images WHERE annotation = ? AND name = ?',
  series: `SELECT begin_ms, face, until_ms, data FROM series
    WHERE session = ? AND until_ms >= ? AND begin_ms <= ? AND (begin_ms, face) > (?, ?) ORDER BY begin_ms, face LIMIT ?`,
  reviews: 'SELECT owner, body FROM reviews WHERE session = ? AND (coder, entry) > (?, ?) ORDER BY coder, entry LIMIT ?',
  reviewsOf: 'SELECT owner, body FROM reviews WHERE session = ? AND coder = ? AND entry > ? ORDER BY entry LIMIT ?',
  review: 'SELECT owner, body FROM reviews WHERE session = ? AND coder = ? AND entry = ?',
  coders: 'SELECT coder, MIN(owner) AS owner, COUNT(*) AS entries FROM reviews WHERE session = ? GROUP BY coder ORDER BY coder',
  anyImage: 'SELECT annotation FROM images LIMIT 1',
} as const;

export type WriteName = keyof typeof WRITES;
export type ReadName = keyof typeof READS;
