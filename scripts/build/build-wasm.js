// Compiles the kernels (AssemblyScript, SIMD) of the face stage and of the motion meter into dist.
// Skips what was built from the same sources with the same compiler; `--force` builds it anyway.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

for (const home of ['face/registration', 'spotting/motion']) {
  const sources = join(root, 'src', home, 'assembly');
  const out = join(root, 'dist/src', home, 'kernels.wasm');
  const stamp = `${out}.sources`;
  const wanted = hashOf(sources);
  if (!process.argv.includes('--force') && existsSync(out) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) continue;
  await compile(sources, out);
  writeFileSync(stamp, wanted);
  console.log(`dist/src/${home}/kernels.wasm (${Math.round(readFileSync(out).length / 1024)} KB)`);
}

function hashOf(sources) {
  const hash = createHash('sha256');
  for (const name of readdirSync(sources).sort()) hash.update(name).update(readFileSync(join(sources, name)));
  hash.update(readFileSync(join(root, 'node_modules/assemblyscript/package.json')));
  hash.update(readFileSync(fileURLToPath(import.meta.url)));
  return hash.digest('hex');
}

async function compile(sources, out) {
  const { default: asc } = await import('assemblyscript/asc');
  mkdirSync(dirname(out), { recursive: true });
  const temporary = `${out}.${process.pid}.part`;
  const { error, stderr } = await asc.main([
    join(sources, 'index.ts'),
    '--outFile',
    temporary,
    '--enable',
    'simd',
    '-O3',
    '--noAssert',
    '--runtime',
    'stub',
    '--initialMemory',
    '16',
  ]);
  if (error) {
    console.error(String(stderr));
    console.error(`build-wasm: ${error.message}. The sources are in ${sources}; is assemblyscript installed (npm ci)?`);
    process.exit(1);
  }
  renameSync(temporary, out);
}
