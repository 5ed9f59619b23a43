import { statSync, type BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';

/**
 * Calls `changed` when the file that a path resolves to has changed since this call. It polls, since file system events miss replaced
 * symbolic links, as certificate tools and Kubernetes use them. Node's `watchFile` takes its first sample some time after the call, and
 * would miss a change before that. Returns a function that stops the watch.
 *
 * @param interval milliseconds between checks. Default 2000
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
