import { existsSync } from 'node:fs';
import { packageFile } from '../../src/common/package-file.js';

/** The synthetic sample that is shipped with the page: 640×480, 30 fps, VP8, one face. */
export function sampleClip(): string {
  const built = packageFile('dist/client/sample/sample.webm');
  if (!existsSync(built)) throw new Error('the sample clip is not built; run npm run build');
  return built;
}

/** `bin/mellm-live.js` of this installation. */
export const binary = (): string => packageFile('bin/mellm-live.js');
