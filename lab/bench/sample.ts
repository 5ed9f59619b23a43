import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The synthetic sample that is shipped with the page: 640×480, 30 fps, VP8, one face. */
export function sampleClip(): string {
  const built = fileURLToPath(new URL('../client/sample/sample.webm', import.meta.url)).replace('/src/', '/dist/');
  if (!existsSync(built)) throw new Error('the sample clip is not built; run npm run build');
  return built;
}

/** `bin/mellm-live.js` of this installation. */
export const binary = (): string => fileURLToPath(new URL('../../bin/mellm-live.js', import.meta.url));
