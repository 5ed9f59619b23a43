import { unwatchFile, watchFile } from 'node:fs';

/**
 * Calls `changed` when what a path leads to has changed. Polls, as events of the file system miss what certificate tools and
 * Kubernetes do: they swing a symbolic link. Returns the way out.
 *
 * @param interval milliseconds between looks. Default 2000
 */
export function onFileChange(path: string, changed: () => void, interval = 2000): () => void {
  const listener = (now: { mtimeMs: number; ino: number; size: number }, before: { mtimeMs: number; ino: number; size: number }): void => {
    if (now.mtimeMs !== before.mtimeMs || now.ino !== before.ino || now.size !== before.size) changed();
  };
  watchFile(path, { interval, persistent: false }, listener);
  return () => { unwatchFile(path, listener); };
}
