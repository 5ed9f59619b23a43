// Takes out of node_modules what this platform never loads: other systems' ONNX Runtime, source maps and type declarations.
// For images; run it after `npm prune --omit=dev`.
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const modules = fileURLToPath(new URL('../node_modules', import.meta.url));
let saved = 0;

const size = (path) =>
  statSync(path).isDirectory() ? readdirSync(path).reduce((sum, name) => sum + size(join(path, name)), 0) : statSync(path).size;
const remove = (path) => {
  if (!existsSync(path)) return;
  saved += size(path);
  rmSync(path, { recursive: true });
};

const runtime = join(modules, 'onnxruntime-node/bin');
for (const abi of existsSync(runtime) ? readdirSync(runtime) : []) {
  for (const platform of readdirSync(join(runtime, abi))) {
    for (const arch of readdirSync(join(runtime, abi, platform))) {
      if (platform !== process.platform || arch !== process.arch) remove(join(runtime, abi, platform, arch));
    }
  }
}
for (const entry of readdirSync(modules, { recursive: true, withFileTypes: true })) {
  if (entry.isFile() && /\.(map|d\.[cm]?ts)$/.test(entry.name)) remove(join(entry.parentPath, entry.name));
}
console.log(`${(saved / 1e6).toFixed(0)} MB taken out of node_modules`);
