import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'libsql';
import { openStore } from '../../src/store/mod.js';

/** What the trials found; all of `lost`, `gaps`, `damaged`, `undead` and `remains` must be 0. */
export interface KillReport {
  trials: number;
  /** Closed annotations that a viewer or the API was told of before the kill. */
  told: number;
  /** Of these, gone after it. */
  lost: number;
  /** Sessions whose events are not numbered 1, 2, 3 …, or end before what a viewer was told. */
  gaps: number;
  /** Stores that don't open, or fail SQLite's own check. */
  damaged: number;
  /** Sessions still live after the next start, or without `session.ended` at their end. */
  undead: number;
  /** Sessions told to be erased of which a byte is left. */
  remains: number;
  /** Erasures that were cut off by the kill, and erasures that were done. */
  cut: number;
  erased: number;
}

interface Said {
  events: Map<string, number>;
  closed: Map<string, Set<string>>;
  erasing: Set<string>;
  erased: Set<string>;
}

/** Runs a writing process and kills it at a moment that nobody chose. @returns what it had said by then */
function killed(folder: string, trial: number): Promise<Said> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('kill-child.js', import.meta.url)), folder, String(trial)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  const kill = (after: number): void => {
    setTimeout(() => child.kill('SIGKILL'), after);
  };
  // Every fifth dies at any time from its start, the moment of opening included; the others while they write.
  if (trial % 5 === 0) kill(50 + Math.random() * 700);
  child.stdout.on('data', (chunk: Buffer) => {
    if (text === '' && trial % 5 !== 0) kill(Math.random() * 500);
    text += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (signal !== 'SIGKILL') {
        reject(new Error(`the writer ended by itself (${String(code)})`));
        return;
      }
      resolve(read(text.slice(0, text.lastIndexOf('\n') + 1)));
    });
  });
}

function read(text: string): Said {
  const said: Said = { events: new Map(), closed: new Map(), erasing: new Set(), erased: new Set() };
  const close = (session: string, id: string): void => {
    said.closed.set(session, (said.closed.get(session) ?? new Set()).add(id));
  };
  for (const line of text.split('\n')) {
    const [what, session = '', a = '', b = ''] = line.split(' ');
    if (what === 'T') {
      said.events.set(session, Math.max(said.events.get(session) ?? 0, Number(a)));
      if (b !== '-') close(session, b);
    } else if (what === 'A') close(session, a);
    else if (what === 'E') said.erasing.add(session);
    else if (what === 'D') said.erased.add(session);
  }
  return said;
}

/** Trials over one store, before a new one is begun. */
const OVER_ONE = 25;
/** Stores that are tried side by side: most of a trial is waiting for a process to start. */
const LANES = 3;

/** Kills a writing process again and again over one store, and looks after each time at what is left. @param parent where the stores are made */
export async function killTrials(parent: string, trials: number, onTrial?: (report: KillReport) => void): Promise<KillReport> {
  const report: KillReport = { trials: 0, told: 0, lost: 0, gaps: 0, damaged: 0, undead: 0, remains: 0, cut: 0, erased: 0 };
  let next = 1;
  const lane = async (name: number): Promise<void> => {
    for (let trial = next++; trial <= trials; trial = next++) {
      const folder = join(parent, `${String(name)}-${String(Math.floor(trial / LANES / OVER_ONE))}`);
      const said = await killed(folder, trial);
      report.trials++;
      report.erased += said.erased.size;
      report.cut += said.erasing.size - said.erased.size;
      try {
        await judge(folder, said, report);
      } catch (error) {
        report.damaged++;
        process.stderr.write(`trial ${String(trial)}: ${String(error)}\n`);
      }
      onTrial?.(report);
    }
  };
  await Promise.all(Array.from({ length: LANES }, (_, i) => lane(i)));
  return report;
}

async function judge(folder: string, said: Said, report: KillReport): Promise<void> {
  const store = await openStore(folder);
  report.undead += (await store.list({ limit: 100_000 })).filter(({ state }) => state === 'live').length;
  for (const [session, last] of said.events) {
    if (said.erasing.has(session)) continue;
    const events = await store.events(session, 0, 1e6);
    if (events.some((event, i) => event.seq !== i + 1) || events.length < last) report.gaps++;
    if (events.at(-1)?.type !== 'session.ended') report.undead++;
  }
  for (const [session, ids] of said.closed) {
    report.told += ids.size;
    if (said.erasing.has(session)) continue;
    const kept = new Set((await store.annotations(session)).map(({ id }) => id));
    for (const id of ids) if (!kept.has(id)) report.lost++;
  }
  await store.close();
  const database = new Database(join(folder, 'mellm.db'));
  const [check] = database.prepare('PRAGMA integrity_check').all() as { integrity_check: string }[];
  if (check?.integrity_check !== 'ok') throw new Error(`integrity check: ${check?.integrity_check ?? 'none'}`);
  database.close();
  const bytes = readdirSync(folder).map((name) => readFileSync(join(folder, name)).toString('latin1'));
  for (const session of said.erased)
    if (bytes.some((text) => text.includes(`${session}-`) || text.includes(`"${session}"`))) report.remains++;
}
