import { mkdir, mkdtemp, readdir, rm, stat, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';

/** Names that {@link RecordingFolder.pathOf} gives; nothing else in the folder is ours to delete. */
const OURS = /^s[A-Za-z0-9]{11}(?:\.[a-z0-9]{1,8})?$/;
const TEMPORARY = /^mellm-recordings-(\d+)-/;

/**
 * Where recordings lie until they are analysed: below the data folder, or in a temporary folder where there is none. Only this user may
 * read it. What a server that was killed left behind is deleted at the next start.
 */
export class RecordingFolder {
  readonly path: string;
  readonly #temporary: boolean;

  private constructor(path: string, temporary: boolean) {
    this.path = path;
    this.#temporary = temporary;
  }

  /** @param data the data folder; undefined where nothing is stored */
  static async open(data: string | undefined): Promise<RecordingFolder> {
    if (data === undefined) {
      await deleteAbandoned(tmpdir());
      return new RecordingFolder(await mkdtemp(join(tmpdir(), `mellm-recordings-${String(process.pid)}-`)), true);
    }
    const path = join(resolve(data), 'recordings');
    await mkdir(path, { recursive: true, mode: 0o700 });
    for (const name of await readdir(path)) if (OURS.test(name)) await rm(join(path, name), { force: true });
    return new RecordingFolder(path, false);
  }

  /** The ending stays: a few containers are known by it only. */
  pathOf(id: string, name: string): string {
    const ending = extname(name).toLowerCase();
    return join(this.path, /^\.[a-z0-9]{1,8}$/.test(ending) ? `${id}${ending}` : id);
  }

  /** Bytes that this user may still write there; undefined where the system does not say. */
  async free(): Promise<number | undefined> {
    const { bavail, bsize } = await statfs(this.path).catch(() => ({ bavail: undefined, bsize: 0 }));
    return bavail === undefined ? undefined : bavail * bsize;
  }

  /** Deletes a temporary folder. */
  async close(): Promise<void> {
    if (this.#temporary) await rm(this.path, { recursive: true, force: true });
  }
}

/** Deletes temporary folders of this user's processes that have ended. */
async function deleteAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    const pid = Number(TEMPORARY.exec(name)?.[1] ?? 0);
    if (pid === 0 || runs(pid)) continue;
    const path = join(parent, name);
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory() === true && found.uid === (process.getuid?.() ?? found.uid))
      await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
