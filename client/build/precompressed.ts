import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Plugin } from 'vite';

const COMPRESSIBLE = /\.(?:js|css|html|svg|json|wasm)$/;
/** Smaller files fit into one packet anyway. */
const SMALLEST = 1024;
/** Above this many bytes the best quality takes minutes, for a tenth less. */
const LARGE = 2 ** 20;

/** Writes `.br` and `.gz` beside each file of the build that gains by it; the server picks by `Accept-Encoding`. */
export function precompressed(): Plugin {
  let folder = '';
  return {
    name: 'precompressed',
    apply: 'build',
    configResolved: (config) => {
      folder = join(config.root, config.build.outDir);
    },
    closeBundle: async () => {
      for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
        if (entry.isFile() && COMPRESSIBLE.test(entry.name)) await compress(join(entry.parentPath, entry.name));
      }
    },
  };
}

async function compress(file: string): Promise<void> {
  const data = await readFile(file);
  if (data.byteLength < SMALLEST) return;
  const large = data.byteLength > LARGE;
  const [br, gz] = await Promise.all([
    promisify(brotliCompress)(data, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: large ? 5 : 11,
        [constants.BROTLI_PARAM_LGWIN]: 24,
        [constants.BROTLI_PARAM_SIZE_HINT]: data.byteLength,
      },
    }),
    promisify(gzip)(data, { level: large ? 6 : 9 }),
  ]);
  for (const [ending, bytes] of [
    ['br', br],
    ['gz', gz],
  ] as const)
    if (bytes.byteLength < 0.95 * data.byteLength) await writeFile(`${file}.${ending}`, bytes);
}
