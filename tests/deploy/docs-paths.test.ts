import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const tracked = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).split('\n').filter(Boolean);
const folders = new Set(tracked.flatMap((file) => file.split('/').map((_, depth, parts) => parts.slice(0, depth + 1).join('/'))));
const pages = tracked.filter((file) => file.endsWith('.md') && !file.startsWith('.'));

/** Made by a build, a download or a test run: named in documents, not in the repository. */
const MADE = /^(?:dist|node_modules|tests\/output|training\/\.cache|training\/meu)(?:\/|$)/;
/** Model files that the reader copies into place (docs/flow.md). */
const COPIED = /^deploy\/(?:tokens|metrics-token|triton\/meflownet\/1(?:\/model\.onnx)?)$/;

const exists = (path: string): boolean => folders.has(path.replace(/\/$/, '')) || MADE.test(path) || COPIED.test(path);

/** From the root, or from a folder above the page, as in `cd training`. */
const existsNear = (path: string, page: string): boolean =>
  exists(path) || page.split('/').some((_, depth, parts) => exists([...parts.slice(0, depth), path].join('/')));

const scripts = new Set(Object.keys((JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object }).scripts));
const names = new Set(tracked.map((file) => basename(file)));

/** GitHub's anchor of a heading. */
const anchor = (heading: string): string =>
  heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
    .replaceAll(' ', '-');

const anchors = (page: string): Set<string> =>
  new Set([...readFileSync(join(root, page), 'utf8').matchAll(/^#{1,6} (.*)$/gm)].map(([, heading]) => anchor((heading ?? '').trim())));

/** Paths of the repository in prose and code; patterns with wildcards or placeholders name no single file. */
function paths(text: string): string[] {
  return [...text.matchAll(/(?<![\w./…-])(?:src|lab|scripts|tests|training|client|grafana|deploy|docs|models|bin)\/[^\s`'"()[\],;:|<>]*/g)]
    .map(([path]) => path.replace(/[.…]+$/, ''))
    .filter((path) => !/[*{}$=?]|[A-Z]{4,}|@|\/…/.test(path));
}

describe.each(pages)('%s', (page) => {
  const text = readFileSync(join(root, page), 'utf8');

  it('names paths that exist', () => {
    expect(paths(text).filter((path) => !existsNear(path, page))).toEqual([]);
  });

  it('names tests and npm scripts that exist', () => {
    const tests = [...text.matchAll(/[\w.-]+\.test\.ts/g)].map(([name]) => name).filter((name) => !names.has(name));
    const runs = [...text.matchAll(/npm run (?:--\S+ )?([a-z][\w:-]*)/g)]
      .map(([, name]) => name ?? '')
      .filter((name) => !scripts.has(name));
    expect([...tests, ...runs]).toEqual([]);
  });

  it('links to pages and headings that exist', () => {
    const dead = [...text.matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)/g)].flatMap(([link, path = '', heading]) => {
      const target = path === '' ? page : normalize(join(dirname(page), path));
      if (!existsSync(join(root, target))) return [link];
      return heading !== undefined && target.endsWith('.md') && !anchors(target).has(heading) ? [link] : [];
    });
    expect(dead).toEqual([]);
  });
});
