import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from '../../lab/bench/free-port.js';

/** The user that Debian's package makes; PostgreSQL refuses to run as root. */
const ACCOUNT = 'postgres';
const root = process.getuid?.() === 0;

/** Where the server's programs are: Debian keeps them apart from PATH, a folder a version. */
const programs = ((): string | undefined => {
  const debian = '/usr/lib/postgresql';
  const places = [
    ...(existsSync(debian)
      ? readdirSync(debian)
          .sort()
          .reverse()
          .map((version) => join(debian, version, 'bin'))
      : []),
    ...(process.env['PATH'] ?? '').split(':'),
  ];
  return places.find((place) => existsSync(join(place, 'initdb')) && existsSync(join(place, 'pg_ctl')));
})();

const account = ((): { uid: number; gid: number } | undefined => {
  if (!root) return undefined;
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${ACCOUNT}:`))
    ?.split(':');
  return line ? { uid: Number(line[2]), gid: Number(line[3]) } : undefined;
})();

/** False where PostgreSQL's programs are missing. */
export const postgresIsHere = programs !== undefined && (!root || account !== undefined);
if (!postgresIsHere)
  console.warn('the tests of the store in PostgreSQL need its programs (Debian: apt-get install postgresql); they are left out');

/** A PostgreSQL server of our own, on loopback, with its data in a temporary folder. */
export class PostgresServer {
  readonly port: number;
  readonly #address: string;
  readonly #folder: string;
  #databases = 0;

  private constructor(address: string, folder: string, port: number) {
    this.#address = address;
    this.#folder = folder;
    this.port = port;
  }

  /** @param address of this machine, to listen on; beside loopback, all of its network (/24) is let in */
  static async start(address = '127.0.0.1'): Promise<PostgresServer> {
    const folder = mkdtempSync(join(tmpdir(), 'mellm-pg-'));
    chmodSync(folder, 0o755);
    if (account) chownSync(folder, account.uid, account.gid);
    const server = new PostgresServer(address, folder, await freePort());
    // No fsync: its process is killed here, the machine is not.
    server.#run('initdb', '-D', server.#data, '-U', ACCOUNT, '-A', 'trust', '-E', 'UTF8', '--locale', 'C', '-N');
    appendFileSync(
      join(server.#data, 'postgresql.conf'),
      `
listen_addresses = '${address === '127.0.0.1' ? '' : `${address},`}127.0.0.1'\nport = ${String(server.port)}\nunix_socket_directories = ''\nfsync = off\nmax_connections = 20\nshared_buffers = 16MB\n`,
    );
    const rules = join(server.#data, 'pg_hba.conf');
    writeFileSync(
      rules,
      `host all careful 127.0.0.1/32 scram-sha-256\nhost all ${ACCOUNT} ${address}/24 trust\n${readFileSync(rules, 'utf8')}`,
    );
    server.up();
    return server;
  }

  get #data(): string {
    return join(this.#folder, 'data');
  }

  /** Starts it (again). */
  up(): void {
    this.#run('pg_ctl', 'start', '-D', this.#data, '-l', join(this.#folder, 'log'), '-w', '-s');
  }

  /** Kills it: its processes end without a word, and the next start recovers. */
  down(): void {
    this.#run('pg_ctl', 'stop', '-D', this.#data, '-m', 'immediate', '-w', '-s');
  }

  /** A fresh database. @returns its URL */
  async database(user = ACCOUNT, options = ''): Promise<string> {
    const name = `t${String(++this.#databases)}`;
    await this.query(`CREATE DATABASE ${name} ${options}`);
    return `postgres://${user}@${this.#address}:${String(this.port)}/${name}`;
  }

  /** Asks the server, past the store. */
  async query(sql: string, url = `postgres://${ACCOUNT}@127.0.0.1:${String(this.port)}/postgres`): Promise<Record<string, unknown>[]> {
    const client = new pg.Client(url);
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  remove(): void {
    try {
      this.down();
    } catch {
      /* it is down */
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #run(program: string, ...args: string[]): void {
    execFileSync(join(programs ?? '', program), args, { stdio: 'ignore', cwd: this.#folder, ...account });
  }
}
