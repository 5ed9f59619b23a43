import { AV_LOG_QUIET } from 'node-av/constants';
import { Log } from 'node-av/lib';

let quiet = false;

/** FFmpeg writes to stderr from any thread; what matters reaches us as error codes. */
export function quietAv(): void {
  if (quiet) return;
  quiet = true;
  Log.setLevel(AV_LOG_QUIET);
}
