import { open, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { CliError } from './cli-error.js';

const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free some space and run the command again',
  EDQUOT: 'the disk quota is exceeded; free some space and run the command again',
  EFBIG: 'the file would exceed the size limit of this system',
  EROFS: 'the file system is read-only; name another folder',
  EACCES: 'check the permissions',
  EPERM: 'check the permissions',
  ENAMETOOLONG: 'choose a shorter name',
  EIO: 'the disk reports an error',
  EISDIR: 'it is a folder',
};

/** The error of an output that could not be written: which, why, and what to do. */
export function cannotWrite(path: string, cause: unknown): CliError {
  const code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
  return new CliError(`cannot write ${path} (${code}); ${ADVICE[code] ?? 'check the folder'}`, { cause });
}

/**
 * A file that appears under its name only when it is whole: it is written beside, synced to disk and renamed, so that neither a full disk
 * nor a crash leaves half a result, or loses the one that was there. A link is followed. Devices and pipes are written directly.
 */
export class AtomicFile {
  readonly #path: string;
  readonly #target: string;
  readonly #part: string | undefined;
  readonly #handle: FileHandle;
  readonly #mode: number | undefined;
  #queue: Promise<void> = Promise.resolve();

  private constructor(path: string, target: string, part: string | undefined, handle: FileHandle, mode: number | undefined) {
    this.#path = path;
    this.#target = target;
    this.#part = part;
    this.#handle = handle;
    this.#mode = mode;
  }

  /** @throws {CliError} */
  static async open(path: string): Promise<AtomicFile> {
    try {
      const target = await targetOf(path);
      const there = await stat(target).catch(() => undefined);
      if (there && !there.isFile()) return new AtomicFile(path, target, undefined, await open(target, 'w'), undefined);
      const part = join(dirname(target), `.mellm-${randomBytes(6).toString('hex')}.part`);
      return new AtomicFile(path, target, part, await open(part, 'wx'), there && there.mode & 0o7777);
    } catch (cause) {
      throw cannotWrite(path, cause);
    }
  }

  /** Writes after what was written before; calls may overlap. @throws {CliError}, as does every later call */
  write(data: Uint8Array | string): Promise<void> {
    this.#queue = this.#queue.then(async () => {
      const bytes = typeof data === 'string' ? Buffer.from(data) : data;
      for (let at = 0; at < bytes.length;) at += (await this.#handle.write(bytes, at)).bytesWritten;
    });
    // Who doesn't wait hears of it from `commit`.
    this.#queue.catch(() => undefined);
    return this.#queue.catch((cause: unknown) => {
      throw cannotWrite(this.#path, cause);
    });
  }

  /** Puts the file under its name. @throws {CliError} where any of it could not be written; nothing is left behind then */
  async commit(): Promise<void> {
    try {
      await this.#queue;
      if (this.#part !== undefined) {
        // Windows and some network file systems know no modes.
        if (this.#mode !== undefined) await this.#handle.chmod(this.#mode).catch(() => undefined);
        await this.#handle.sync();
      }
      await this.#handle.close();
      if (this.#part !== undefined) {
        await rename(this.#part, this.#target);
        await syncFolder(dirname(this.#target));
      }
    } catch (cause) {
      await this.discard();
      throw cannotWrite(this.#path, cause);
    }
  }

  /** Deletes what was written. */
  async discard(): Promise<void> {
    await this.#queue.catch(() => undefined);
    await this.#handle.close().catch(() => undefined);
    if (this.#part !== undefined) await rm(this.#part, { force: true }).catch(() => undefined);
  }
}

/** Where a path leads: through links, also one that points at a file yet to be made. */
async function targetOf(path: string): Promise<string> {
  const whole = await realpath(path).catch(() => undefined);
  return whole ?? join(await realpath(dirname(path)), basename(path));
}

/** The rename itself survives a power failure only once the folder is synced; where that is not possible, it is done all the same. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
