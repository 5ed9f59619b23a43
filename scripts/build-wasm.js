// Compiles src/face/registration/assembly (AssemblyScript, SIMD) to dist/face/registration/kernels.wasm.
// Skips the work when the sources and the compiler are the ones of the last build; `--force` does it anyway.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const sources = join(root, 'src/face/registration/assembly');
const out = join(root, 'dist/face/registration/kernels.wasm');
const stamp = `${out}.sources`;

const hash = createHash('sha256');
for (const name of readdirSync(sources).sort()) hash.update(name).update(readFileSync(join(sources, name)));
hash.update(readFileSync(join(root, 'node_modules/assemblyscript/package.json')));
hash.update(readFileSync(fileURLToPath(import.meta.url)));
const wanted = hash.digest('hex');

if (!process.argv.includes('--force') && existsSync(out) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) process.exit(0);

const { default: asc } = await import('assemblyscript/asc');
mkdirSync(dirname(out), { recursive: true });
const temporary = `${out}.${process.pid}.part`;
const { error, stderr } = await asc.main([
  join(sources, 'index.ts'), '--outFile', temporary, '--enable', 'simd', '-O3', '--noAssert', '--runtime', 'stub', '--initialMemory', '16',
]);
if (error) {
  console.error(String(stderr));
  console.error(`build-wasm: ${error.message}. The sources are in src/face/registration/assembly; is assemblyscript installed (npm ci)?`);
  process.exit(1);
}
renameSync(temporary, out);
writeFileSync(stamp, wanted);
console.log(`dist/face/registration/kernels.wasm (${Math.round(readFileSync(out).length / 1024)} KB)`);
