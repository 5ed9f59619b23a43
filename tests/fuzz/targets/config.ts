import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, loadConfig } from '../../../src/config/load.js';
import { configSchema } from '../../../src/config/schema.js';
import { expect, refusing, text, type FuzzTarget } from '../target.js';

const sections = Object.entries(configSchema.shape).map(
  ([name, schema]) => [name, Object.keys((schema as unknown as { unwrap(): { shape: object } }).unwrap().shape)] as const,
);
let file: string | undefined;

/** The YAML file, the environment and the flags; the first line says which settings of those two take the lines after it. */
export const config: FuzzTarget = {
  name: 'config',
  maxLength: 1024,
  dictionary: [
    ...sections.flatMap(([name, keys]) => [`${name}:\n`, ...keys.map((key) => `  ${key}: `)]),
    '&a ',
    '*a',
    '<<: *a',
    '!!binary ',
    '!!set ',
    '? ',
    '[',
    '{',
    '- ',
    'null',
    '.nan',
    '.inf',
    '0x1F',
    '1e400',
    '__proto__:\n  a: 1\n',
    'constructor: {}',
    '---\n',
    '%YAML 1.1\n',
    '"',
    "'",
    '|\n',
    '>\n',
    'true',
    '1-65535',
    'stun:a',
    'true,false',
  ],
  seeds: () => [
    '\nserver:\n  host: 127.0.0.1\n  port: 8080\nllm:\n  emotion: false\n',
    '0 1\nwebrtc:\n  ice_servers: [stun:a, {urls: "turn:b", username: u}]\n  udp_ports: 1-2\n',
    '7 3\n',
    '\nspotting: {micro_max: 0.5}\nlog:\n',
    '\nserver:\n  prot: 1\n',
  ],
  run: (input) => {
    const [first = '', ...rest] = text(input).split('\n');
    file ??= join(mkdtempSync(join(tmpdir(), 'mellm-fuzz-')), 'config.yaml');
    const yaml = rest.join('\n');
    writeFileSync(file, yaml);
    const env: NodeJS.ProcessEnv = {};
    const overrides: Record<string, Record<string, unknown>> = {};
    first
      .split(' ')
      .slice(0, 4)
      .forEach((which, index) => {
        const [name, keys] = sections[Number.parseInt(which, 36) % sections.length] ?? sections[index] ?? ['server', []];
        const key = keys[which.charCodeAt(0) % Math.max(1, keys.length)];
        const value = rest[index] ?? '';
        if (which === '' || key === undefined) return;
        if (index % 2 === 0) env[`MELLM_${name}_${key}`.toUpperCase()] = value;
        else (overrides[name] ??= {})[key] = value;
      });
    refusing([ConfigError], () => {
      const loaded = loadConfig({ file: file ?? '', env, overrides });
      expect(configSchema.safeParse(loaded).success, 'settings that were taken are taken again');
      expect(loaded.server.port >= 0 && loaded.server.port < 65_536, 'a port is a port');
    });
    expect(({} as Record<string, unknown>)['a'] === undefined, 'no prototype is touched');
  },
};
