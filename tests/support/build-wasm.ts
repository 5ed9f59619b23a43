import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Tests run the sources, but the kernels as they were built: builds those whose sources have changed. */
export default function setup(): void {
  execFileSync(process.execPath, [fileURLToPath(new URL('../../scripts/build/build-wasm.js', import.meta.url))], { stdio: 'inherit' });
}
