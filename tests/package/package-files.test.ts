import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('the npm package', () => {
  let files: string[];
  let size: number;

  beforeAll(() => {
    const listed = execFileSync('npm', ['pack', '--dry-run', '--ignore-scripts', '--json'], { cwd: root, encoding: 'utf8' });
    // An array, or by name in newer versions of npm.
    const [packed] = Object.values(JSON.parse(listed) as Record<string, { files: { path: string }[]; size: number }>);
    files = packed?.files.map(({ path }) => path) ?? [];
    size = packed?.size ?? 0;
  });

  it('holds nothing but what runs and what is read', () => {
    const tops = new Set(files.map((path) => path.split('/')[0]));
    expect([...tops].sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'NOTICE.md',
      'README.md',
      'SECURITY.md',
      'bin',
      'dist',
      'docs',
      'grafana',
      'lab',
      'models',
      'package.json',
    ]);
    expect(files.filter((path) => /\.(?:test\.js|map|pt|sources)$|(?:^|\/)(?:tests?|mock|fake)[-/]/.test(path))).toEqual([]);
    expect(size).toBeLessThan(50e6);
  });

  it('holds the types of its exports, and no others than they need', () => {
    const packed = new Set(files);
    const needed = new Set(['dist/clients/javascript/src/index.d.ts']);
    for (const file of needed) {
      const text = packed.has(file) ? readFileSync(`${root}/${file}`, 'utf8') : '';
      for (const [, from, imported = ''] of text.matchAll(/from '(\.[^']+)\.js'|import\("(\.[^"]+)\.js"\)/g))
        needed.add(`${posix.join(posix.dirname(file), from ?? imported)}.d.ts`);
    }
    expect([...needed].filter((path) => !packed.has(path))).toEqual([]);
    expect(files.filter((path) => path.endsWith('.d.ts') && !/^dist\/(?:clients|src\/(?:events|common))\//.test(path))).toEqual([]);
  });

  it('holds each module of src and lab, the kernels, the page with its sample, and every network', () => {
    const modules = ['src', 'lab'].flatMap((folder) =>
      readdirSync(`${root}/${folder}`, { recursive: true, encoding: 'utf8' })
        .filter((path) => path.endsWith('.ts') && !/\.(?:test|d)\.ts$/.test(path) && !path.includes('assembly/'))
        .map((path) => `dist/${folder}/${path.replace(/\.ts$/, '.js')}`),
    );
    const networks = readdirSync(`${root}/models`, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.onnx'))
      .map((path) => `models/${path}`);
    const others = [
      'dist/src/face/registration/kernels.wasm',
      'dist/src/spotting/motion/kernels.wasm',
      'dist/client/index.html',
      'dist/client/sample/sample.webm',
      'lab/assets/sample-portrait.jpg',
    ];
    const packed = new Set(files);
    expect([...modules, ...networks, ...others].filter((path) => !packed.has(path))).toEqual([]);
    const built = new Set(modules);
    expect(files.filter((path) => /^dist\/(?:src|lab)\/.*\.js$/.test(path) && !built.has(path))).toEqual([]);
  });
});
