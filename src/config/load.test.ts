import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from './load.js';

const file = (text: string): string => {
  const path = join(mkdtempSync(join(tmpdir(), 'mellm-config-')), 'config.yaml');
  writeFileSync(path, text);
  return path;
};

describe('loadConfig', () => {
  it('has a default for everything', () => {
    const config = loadConfig();
    expect(config.server).toMatchObject({ host: '127.0.0.1', port: 8080 });
    expect(config.llm.emotion).toBe(true);
  });

  it('takes the file, then the environment, then the flags', () => {
    const config = loadConfig({
      file: file('server:\n  port: 1\n  host: "::1"\nspotting:\n  micro_max: 0.4\n'),
      env: { MELLM_SERVER_PORT: '2', MELLM_WEBRTC_UDP_PORTS: '40000-40100', MELLM_LLM_EMOTION: 'false' },
      overrides: { server: { port: 3 } },
    });
    expect(config.server).toMatchObject({ host: '::1', port: 3 });
    expect(config.spotting.micro_max).toBe(0.4);
    expect(config.webrtc.udp_ports).toEqual([40_000, 40_100]);
    expect(config.llm.emotion).toBe(false);
  });

  it.each([
    ['server:\n  prot: 1\n', /"server\.prot".*"port"/],
    ['servr:\n  port: 1\n', /"servr".*"server"/],
    ['server:\n  port: 99999\n', /server\.port/],
    ['server: 5\n', /must hold settings/],
    ['- a\n', /expected sections/],
    ['server: {port: [\n', /config\.yaml/],
    ['webrtc:\n  udp_ports: 5-2\n', /udp_ports/],
  ])('names what is wrong with %j', (text, message) => {
    expect(() => loadConfig({ file: file(text) })).toThrow(message);
    expect(() => loadConfig({ file: file(text) })).toThrow(ConfigError);
  });

  it('says that a file is missing', () => {
    expect(() => loadConfig({ file: 'nowhere.yaml' })).toThrow(/nowhere\.yaml.*ENOENT/);
  });
});
