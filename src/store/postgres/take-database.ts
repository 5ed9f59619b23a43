import type pg from 'pg';
import { MIGRATIONS, MIGRATIONS_TABLE } from '../schema.js';
import { StoreError } from '../store-error.js';
import { inTransaction } from './connection.js';

/**
 * Takes the database for this connection and brings it to the present schema. The lock lasts as long as the connection, so that
 * nobody writes who has lost it; `public` and other schemas (`options=-csearch_path=…` in the URL) are taken each by itself.
 *
 * @throws StoreError where another process has it, it can't hold every text, or a later version wrote it
 */
export async function takeDatabase(client: pg.Client): Promise<void> {
  // A process that vanished without a word (its machine, its cable) loses the lock after half a minute, not after two hours.
  await client.query(
    'SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 4; SET tcp_user_timeout = 30000',
  );
  // A commit is on the disk when it returns, also where the server was told to be hasty.
  await client.query("SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'");
  const encoding = await one(client, "SELECT current_setting('server_encoding') AS value");
  if (encoding !== 'UTF8')
    throw new StoreError('store_unsupported', `the database has the encoding ${String(encoding)}; create one with ENCODING 'UTF8'`);
  if ((await one(client, "SELECT pg_try_advisory_lock(hashtext('mellm-live'), hashtext(current_schema())) AS value")) !== true) {
    throw new StoreError('store_in_use', 'another mellm-live uses the database; stop it, or set store.url to another database');
  }
  await migrate(client);
}

async function migrate(client: pg.Client): Promise<void> {
  await client.query(MIGRATIONS_TABLE);
  const version = Number(await one(client, 'SELECT COALESCE(MAX(version), 0) AS value FROM migrations'));
  if (version > MIGRATIONS.length) {
    throw new StoreError(
      'store_newer',
      `it was written by a later version of mellm-live (schema ${String(version)}, this one knows ${String(MIGRATIONS.length)}); use that version, or another database in store.url`,
    );
  }
  for (let next = version; next < MIGRATIONS.length; next++) {
    await inTransaction(client, async () => {
      for (const statement of MIGRATIONS[next] ?? []) await client.query(statement);
      await client.query('INSERT INTO migrations (version, applied) VALUES ($1, $2)', [next + 1, new Date().toISOString()]);
    });
  }
}

async function one(client: pg.Client, sql: string): Promise<unknown> {
  return (await client.query<{ value: unknown }>(sql)).rows[0]?.value;
}
