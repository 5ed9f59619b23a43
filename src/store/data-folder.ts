import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Where `serve` keeps what it found unless told otherwise: where the system's programs keep a user's data (on Linux the XDG base
 * directory specification), or the folder that systemd made for the service.
 */
export function dataFolder(env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform, home = homedir()): string {
  const state = env['STATE_DIRECTORY']?.split(':')[0];
  if (state) return state;
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'mellm-live');
  if (platform === 'win32') return join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'mellm-live');
  return join(env['XDG_DATA_HOME'] ?? join(home, '.local', 'share'), 'mellm-live');
}
