import { statSync, type BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';

/**
 * Calls `changed` when what a path leads to has changed since this call. Polls, as events of the file system miss what certificate
 * tools and Kubernetes do: they swing a symbolic link. Node's `watchFile` takes its first look some time after it is called, and a
 * change before that would be missed for good. Returns the way out.
 *
 * @param interval milliseconds between looks. Default 2000
 */
export function onFileChange(path: string, changed: () => void, interval = 2000): () => void {
  let seen = mark(statSync(path, { bigint: true, throwIfNoEntry: false }));
  let left = false;
  let timer: NodeJS.Timeout;
  const look = async (): Promise<void> => {
    const now = mark(await stat(path, { bigint: true }).catch(() => undefined));
    if (left) return;
    if (now !== seen) {
      seen = now;
      changed();
    }
    wait();
  };
  const wait = (): void => {
    timer = setTimeout(() => void look(), interval).unref();
  };
  wait();
  return () => {
    left = true;
    clearTimeout(timer);
  };
}

function mark(found: BigIntStats | undefined): string {
  return found ? `${String(found.mtimeNs)} ${String(found.ino)} ${String(found.size)}` : 'gone';
}
