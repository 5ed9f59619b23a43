import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { packageFile } from '../../common/package-file.js';

/** A worker's file, and what it is started with. */
export interface Runnable {
  readonly file: URL;
  readonly args: readonly string[];
}

/**
 * The code of a worker. Where its starter runs from the sources (tests, `npm run dev`), so does it, by scripts/dev/worker.js; an installed
 * package holds no sources. So a worker never runs an older build than the code that started it.
 *
 * @param url of the worker, with `.js` or `.ts` at its end
 */
export function runnable(url: URL): Runnable {
  const source = new URL(url.href.replace(/\.js$/, '.ts'));
  if (existsSync(source)) {
    const file = pathToFileURL(packageFile('scripts/dev/worker.js'));
    // An inspector shows a thread by its address.
    file.search = basename(source.pathname);
    return { file, args: [fileURLToPath(source)] };
  }
  return { file: new URL(url.href.replace(/\.ts$/, '.js')), args: [] };
}
