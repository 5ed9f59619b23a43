#!/usr/bin/env node
// Dependency-free: makes a bare checkout ready (installs, builds) and runs the test suite. What is done already is skipped.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const BUILD_INPUTS = [
  'src',
  'lab',
  'client',
  'clients/javascript',
  'scripts/build',
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
];
const LOCK = join(root, '.cache', 'bootstrap.lock');

/** A step that failed, with what to do about it. */
class StepFailed extends Error {}

const say = (text) => process.stderr.write(`mellm-live: ${text}\n`);

/** SHA-256 over the names and contents of files and folders, relative to the root. */
function fingerprint(paths, salt = '') {
  const hash = createHash('sha256').update(salt);
  const visit = (path) => {
    const full = join(root, path);
    if (!existsSync(full)) return;
    if (statSync(full).isDirectory()) {
      for (const name of readdirSync(full).sort()) if (name !== 'node_modules') visit(`${path}/${name}`);
    } else {
      hash.update(path).update('\0').update(readFileSync(full)).update('\0');
    }
  };
  paths.forEach(visit);
  return hash.digest('hex');
}

const stamped = (file, stamp) => existsSync(file) && readFileSync(file, 'utf8') === stamp;

/** Runs npm with its output on stderr, so that stdout stays the command's own. */
function npm(args, fix) {
  const exec = process.env.npm_execpath;
  const [command, first] = exec && /\.c?js$/.test(exec) ? [process.execPath, [exec]] : ['npm', []];
  const result = spawnSync(command, [...first, ...args], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32' && command === 'npm',
    env: { ...process.env, SKIP_FFMPEG: 'true', ONNXRUNTIME_NODE_INSTALL: 'skip' },
  });
  if (result.error?.code === 'ENOENT')
    throw new StepFailed('npm was not found: install Node.js with npm from https://nodejs.org and run this again');
  if (result.status !== 0) throw new StepFailed(`"npm ${args.join(' ')}" failed (exit ${result.status ?? result.signal}): ${fix}`);
}

/** One bootstrap at a time; a lock older than 20 minutes belongs to nobody. */
function withLock(work) {
  mkdirSync(dirname(LOCK), { recursive: true });
  for (let told = false; ;) {
    try {
      mkdirSync(LOCK);
      break;
    } catch {
      let age = 0;
      try {
        age = Date.now() - statSync(LOCK).mtimeMs;
      } catch {
        continue;
      }
      if (age > 20 * 60_000) {
        rmSync(LOCK, { recursive: true, force: true });
        continue;
      }
      if (!told) {
        say('another process is preparing this checkout; waiting for it');
        told = true;
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
    }
  }
  const release = () => rmSync(LOCK, { recursive: true, force: true });
  const interrupted = () => {
    release();
    process.exit(130);
  };
  process.on('SIGINT', interrupted).on('SIGTERM', interrupted);
  try {
    work();
  } finally {
    release();
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
  }
}

/**
 * Installs and builds what is missing or stale. An installed package (no `src`) has nothing to do.
 *
 * @param build false: installs only, for what runs the sources
 */
export function bootstrap({ build = true } = {}) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new StepFailed(`Node.js ${process.versions.node} is too old: install 20.19 or newer from https://nodejs.org`);
  }
  if (!existsSync(join(root, 'src')) || process.env.MELLM_SKIP_BOOTSTRAP === '1') return;
  // Of package.json only what npm installs by: a changed script needs no installation.
  const { dependencies, devDependencies, overrides } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const installStamp = fingerprint(
    ['package-lock.json', '.npmrc'],
    `${JSON.stringify({ dependencies, devDependencies, overrides })} ${process.platform} ${process.arch} ${process.versions.modules}`,
  );
  const installFile = join(root, 'node_modules', '.mellm-installed');
  const buildStamp = build ? fingerprint(BUILD_INPUTS) : '';
  const buildFile = join(root, 'dist', '.mellm-built');
  const built = () => !build || stamped(buildFile, buildStamp);
  if (stamped(installFile, installStamp) && built()) return;
  withLock(() => {
    if (!stamped(installFile, installStamp)) {
      say('installing packages (once; about 1 GB on disk)');
      npm(
        ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund'],
        'check that the npm registry can be reached (npm ping) and that the disk has 2 GB free, then run this again',
      );
      writeFileSync(installFile, installStamp);
    }
    if (!built()) {
      say('building');
      npm(
        ['run', '--silent', 'build'],
        'the messages above name the file; in an unchanged checkout, delete node_modules and dist and run this again',
      );
      writeFileSync(buildFile, buildStamp);
    }
  });
}

/** Ends the process with the failed step's own words. */
export function fail(error) {
  if (!(error instanceof StepFailed)) throw error;
  say(error.message);
  process.exit(1);
}

function test(args) {
  bootstrap();
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const result = spawnSync(process.execPath, ['--expose-gc', vitest, 'run', ...args], { cwd: root, stdio: 'inherit' });
  process.exit(result.status ?? 1);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    if (process.argv[2] === 'test') test(process.argv.slice(3));
    else bootstrap({ build: process.argv[2] !== 'install' });
  } catch (error) {
    fail(error);
  }
}
