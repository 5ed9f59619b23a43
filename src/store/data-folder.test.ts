import { expect, it } from 'vitest';
import { dataFolder } from './data-folder.js';

it.each([
  [{}, 'linux', '/home/x/.local/share/mellm-live'],
  [{ XDG_DATA_HOME: '/data' }, 'linux', '/data/mellm-live'],
  [{ STATE_DIRECTORY: '/var/lib/mellm-live:/other' }, 'linux', '/var/lib/mellm-live'],
  [{}, 'darwin', '/home/x/Library/Application Support/mellm-live'],
] as const)('%j on %s: %s', (env, platform, folder) => {
  expect(dataFolder(env, platform, '/home/x')).toBe(folder);
});
