import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const MAC = ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', '/Applications/Chromium.app/Contents/MacOS/Chromium'];
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

function onPath(name: string): string | undefined {
  const found = spawnSync('which', [name], { encoding: 'utf8' });
  const path = found.status === 0 ? found.stdout.trim() : '';
  return path === '' ? undefined : path;
}

/**
 * A Chromium to test with: `$CHROMIUM`, the usual names on PATH, the usual places on macOS; on Debian as root it is
 * installed. Otherwise why there is none, and what to do.
 */
export function findChromium(): { readonly path: string } | { readonly missing: string } {
  const named = process.env['CHROMIUM'];
  if (named) return existsSync(named) ? { path: named } : { missing: `CHROMIUM names ${named}, which does not exist` };
  const look = (): string | undefined => NAMES.map(onPath).find((path) => path !== undefined) ?? MAC.find((path) => existsSync(path));
  const found = look();
  if (found !== undefined) return { path: found };
  if (existsSync('/etc/debian_version') && process.getuid?.() === 0) {
    process.stderr.write('mellm-live: no Chromium found; installing it (apt-get install chromium)\n');
    try {
      execFileSync('apt-get', ['update'], { stdio: ['ignore', 'ignore', 'inherit'] });
      execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      });
    } catch {
      return { missing: 'apt-get could not install chromium; install it or set CHROMIUM to a Chromium or Chrome' };
    }
    const installed = look();
    if (installed !== undefined) return { path: installed };
  }
  return { missing: 'no Chromium found: install chromium or Google Chrome, or set CHROMIUM to its path' };
}
