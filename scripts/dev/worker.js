// Runs a worker from its source, in the thread or process that was started with this file: `worker.js src/…/x.worker.ts`.
// esbuild bundles it into .cache/workers once; tsx, which translates each module as it is loaded, takes some 3 s longer at every start.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CACHE = join(ROOT, '.cache/workers');
/** A bundle that something else has replaced may still be read by a process that runs; not after a day. */
const KEPT_MS = 24 * 3600_000;

process.setSourceMapsEnabled(true);
await import(pathToFileURL(await bundleOf(resolve(process.argv[2] ?? ''))).href);

/** Path of the bundle, built anew where a source has changed since. */
async function bundleOf(source) {
  const name = basename(source, '.ts');
  const note = join(CACHE, `${name}.json`);
  const known = read(note);
  if (known?.source === source && Object.entries(known.inputs).every(([path, stamp]) => stampOf(path) === stamp)) return known.bundle;
  mkdirSync(CACHE, { recursive: true });
  const folder = join(CACHE, `${name}-${process.pid}-${Date.now().toString(36)}`);
  const inputs = await build(source, folder);
  const bundle = join(folder, `${name}.js`);
  // In one go: others may look at it.
  writeFileSync(`${folder}.json`, JSON.stringify({ source, bundle, inputs }));
  renameSync(`${folder}.json`, note);
  prune();
  return bundle;
}

/** Sources of the bundle, each with its stamp from before it was read. */
async function build(source, folder) {
  const { build } = await import('esbuild');
  const inputs = {};
  await build({
    entryPoints: [source],
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: true,
    logLevel: 'error',
    plugins: [
      {
        name: 'own-address',
        setup({ onLoad }) {
          onLoad({ filter: /\.ts$/ }, ({ path }) => {
            inputs[path] = stampOf(path);
            // What a module finds beside itself, it finds from the bundle too.
            const contents = readFileSync(path, 'utf8').replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href));
            return { contents, loader: 'ts' };
          });
        },
      },
    ],
  });
  return inputs;
}

function stampOf(path) {
  const { mtimeMs, size } = statSync(path, { throwIfNoEntry: false }) ?? {};
  return `${mtimeMs} ${size}`;
}

function read(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function prune() {
  for (const entry of readdirSync(CACHE, { withFileTypes: true })) {
    const path = join(CACHE, entry.name);
    if (entry.isDirectory() && Date.now() - statSync(path).mtimeMs > KEPT_MS) rmSync(path, { recursive: true, force: true });
  }
}
