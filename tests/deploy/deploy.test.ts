import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readTokensFile } from '../../src/auth/mod.js';
import { configSchema, loadConfig } from '../../src/config/mod.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DEPLOY = join(ROOT, 'deploy');
const read = (file: string): string => readFileSync(join(DEPLOY, file), 'utf8');

/** Environment variables that are no settings. */
const OTHERS = ['MELLM_SKIP_BOOTSTRAP'];

/** The environment variables of every setting there is. */
function settings(): Set<string> {
  return new Set(
    Object.entries(configSchema.shape).flatMap(([section, schema]) =>
      Object.keys((schema as { unwrap(): { shape: object } }).unwrap().shape).map((key) => `MELLM_${section}_${key}`.toUpperCase()),
    ),
  );
}

it.each(['Dockerfile', 'compose.yaml', 'compose.cuda.yaml', 'compose.scale.yaml', 'mellm-live.service', 'healthcheck.js'])(
  '%s sets only what exists',
  (file) => {
    const known = settings();
    for (const [name] of read(file).matchAll(/\bMELLM_[A-Z_]+/g)) expect(known.has(name) || OTHERS.includes(name), name).toBe(true);
  },
);

it('the example of a configuration is one', () => {
  const config = loadConfig({ file: join(DEPLOY, 'config.example.yaml') });
  expect(config.server.host).toBe('0.0.0.0');
  expect(config.llm.emotion).toBe(false);
});

it('the placeholders among the tokens open nothing: the server says so and does not start', () => {
  expect(() => readTokensFile(join(DEPLOY, 'tokens.example'))).toThrow(/tokens\.example, line 2: .*placeholder.*openssl rand/);
  for (const [line] of read('tokens.example').matchAll(/^REPLACE.*$/gm)) {
    expect(() => loadConfig({ overrides: { auth: { tokens: [line] } } })).toThrow(/placeholder/);
    expect(loadConfig({ overrides: { auth: { tokens: [line.replace(/^\S+/, 'a2'.repeat(12))] } } }).auth.tokens).toHaveLength(1);
  }
});

describe('Dockerfile', () => {
  const dockerfile = read('Dockerfile');

  it('copies what there is, and the ignore file lets it through', () => {
    const ignored = read('Dockerfile.dockerignore');
    for (const [, sources = ''] of dockerfile.matchAll(/^COPY (?!--)(.+) \S+$/gm)) {
      for (const source of sources.split(' ')) {
        expect(existsSync(join(ROOT, source)), source).toBe(true);
        expect(ignored, source).toContain(`!${source}\n`);
      }
    }
  });

  it('copies all that is compiled', () => {
    const { include } = JSON.parse(readFileSync(join(ROOT, 'tsconfig.build.json'), 'utf8')) as { include: string[] };
    for (const folder of [...include, 'client', 'clients', 'scripts']) expect(dockerfile).toContain(`COPY ${folder} ${folder}\n`);
  });

  it('runs as a user without rights, with a health check, and takes SIGTERM itself', () => {
    for (const stage of dockerfile
      .split(/^FROM /m)
      .slice(1)
      .filter((text) => /AS (cpu|cuda)$/m.test(text))) {
      expect(stage).toMatch(/^USER 1000$/m);
      expect(stage).toMatch(/^HEALTHCHECK .*CMD \["node"/m);
      expect(stage).toMatch(/^ENTRYPOINT \["node"/m);
      expect(stage.indexOf('USER')).toBeLessThan(stage.indexOf('ENTRYPOINT'));
    }
    // What is built last is built by default.
    expect(/AS (\w+)$/m.exec(dockerfile.split(/^FROM /m).at(-1) ?? '')?.[1]).toBe('cpu');
  });
});

describe('CUDA', () => {
  const command = /node (node_modules\/onnxruntime-node\/\S+) (--\S+)/;

  it('comes by the same command in the docs and in the image, which fails to build without it', () => {
    const [documented] = command.exec(readFileSync(join(ROOT, 'docs/install.md'), 'utf8')) ?? [];
    const image = read('Dockerfile').replaceAll(/\s*\\\n\s*/g, ' ');
    expect(image).toContain(
      `RUN ${documented ?? 'nothing'} && test -s node_modules/onnxruntime-node/bin/*/linux/*/libonnxruntime_providers_cuda.so\n`,
    );
    // npm obeys allowScripts in package.json, and says "rebuilt dependencies successfully".
    for (const text of [image, read('compose.cuda.yaml')]) expect(text).not.toContain('npm rebuild');
  });

  it.skipIf(process.platform !== 'linux' || process.arch !== 'x64')(
    'is asked for where onnxruntime-node says it lies (x86-64 Linux only)',
    () => {
      const [, script = '', option = ''] = command.exec(readFileSync(join(ROOT, 'docs/install.md'), 'utf8')) ?? [];
      const noNetwork = `import https from 'node:https'; https.get = (url) => { console.log('asks', String(url)); process.exit(0); };`;
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        ['--import', `data:text/javascript,${encodeURIComponent(noNetwork)}`, script, option],
        { cwd: ROOT, encoding: 'utf8' },
      );
      expect(stdout, stderr).toMatch(/^asks https:\S*nuget/);
      expect(status).toBe(0);
    },
  );
});

interface Compose {
  services: Record<
    string,
    { volumes?: string[]; secrets?: string[]; image?: string; build?: { context: string; dockerfile: string; target?: string } }
  >;
  secrets: Record<string, { file: string }>;
  volumes: Record<string, null>;
}

describe('compose', () => {
  const compose = parse(read('compose.yaml'), { merge: true }) as Compose;

  it('mounts what there is', () => {
    expect(Object.keys(compose.services).sort()).toEqual(['grafana', 'mellm-live', 'prometheus']);
    for (const { volumes = [], secrets = [] } of Object.values(compose.services)) {
      for (const volume of volumes) {
        const [source = ''] = volume.split(':');
        if (source.startsWith('.')) expect(existsSync(resolve(DEPLOY, source)), source).toBe(true);
        else expect(compose.volumes).toHaveProperty(source);
      }
      for (const secret of secrets)
        expect(existsSync(resolve(DEPLOY, `${compose.secrets[secret]?.file ?? ''}.example`)), secret).toBe(true);
    }
  });

  it('pins the images of others', () => {
    for (const name of ['prometheus', 'grafana']) expect(compose.services[name]?.image).toMatch(/:v?\d+\.\d+\.\d+$/);
  });

  it('gives Prometheus the same rules as grafana/prometheus', () => {
    const [theirs, ours] = [read('prometheus.yml'), readFileSync(join(ROOT, 'grafana/prometheus/prometheus.yml'), 'utf8')].map(
      (text) => parse(text) as { global: object; alerting: object; rule_files: string[]; scrape_configs: { job_name: string }[] },
    );
    // The addresses that alarms link to are external labels.
    expect(theirs?.global).toEqual(ours?.global);
    expect(theirs?.alerting).toEqual(ours?.alerting);
    expect(theirs?.rule_files).toEqual(ours?.rule_files);
    expect(theirs?.scrape_configs[0]?.job_name).toBe(ours?.scrape_configs[0]?.job_name);
  });
});

it('every image of compose.scale.yaml is built by it, or pinned', () => {
  const { services } = parse(read('compose.scale.yaml'), { merge: true }) as Compose;
  const stages = [...read('Dockerfile').matchAll(/^FROM \S+ AS (\w+)$/gm)].map(([, stage]) => stage);
  const built = new Set(
    Object.values(services).flatMap(({ build, image }) => {
      if (!build) return [];
      expect(existsSync(resolve(DEPLOY, build.context, build.dockerfile))).toBe(true);
      expect(stages).toContain(build.target);
      return [image];
    }),
  );
  // One builds: several that build one image at a time get in each other's way.
  expect(Object.values(services).filter(({ build }) => build)).toHaveLength(1);
  for (const [name, { image }] of Object.entries(services)) if (!built.has(image)) expect(image, name).toMatch(/:v?\d+\.\d+/);
});

it('compose.scale.yaml keeps in PostgreSQL when its comment signs are taken away', () => {
  const store = (text: string): Record<string, string> =>
    (parse(text, { merge: true }) as { services: { store: { environment: Record<string, string> } } }).services.store.environment;
  const text = read('compose.scale.yaml');
  expect(store(text)).not.toHaveProperty('MELLM_STORE_URL');
  const changed = store(text.replaceAll(/# (MELLM_STORE_)/g, '$1'));
  expect(changed['MELLM_STORE_URL']).toMatch(/^\$\{STORE_URL:\?/);
  const kept = Object.fromEntries(Object.entries(changed).filter(([name]) => name.startsWith('MELLM_STORE_')));
  // The image has a folder of its own; both would be refused.
  expect(loadConfig({ env: { MELLM_STORE_PATH: '/data', ...kept, MELLM_STORE_URL: 'postgres://mellm@db/mellm' } }).store.url).toBe(
    'postgres://mellm@db/mellm',
  );
});

it("operate.md makes every file that the example of a configuration names, and the unit's user may read them", () => {
  const user = /^User=(\S+)$/m.exec(read('mellm-live.service'))?.[1] ?? 'nobody';
  const operate = readFileSync(join(ROOT, 'docs/operate.md'), 'utf8');
  const [, start] = /### systemd\n([^]+?)\n### /.exec(operate) ?? [];
  expect(start).toMatch(new RegExp(`useradd --system .* ${user}\n`));
  const named = [...read('config.example.yaml').matchAll(/: (\/\S+)/g)].map(([, path = '']) => path);
  expect(named.length).toBeGreaterThan(0);
  for (const path of [...named, /--config (\S+)/.exec(read('mellm-live.service'))?.[1] ?? '']) {
    expect(start, path).toMatch(new RegExp(`install -d -m 0750 -g ${user} ${dirname(path)}\n`));
    expect(start, path).toMatch(new RegExp(`install -m 0640 -g ${user} \\S+ ${path}\\b`));
  }
});

describe.skipIf(spawnSync('systemd-analyze', ['--version']).status !== 0)('systemd (skipped where systemd-analyze is missing)', () => {
  it('accepts the unit and finds little to expose', () => {
    const unit = join(DEPLOY, 'mellm-live.service');
    expect(spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
    const report = execFileSync('systemd-analyze', ['security', '--offline=true', '--no-pager', unit], { encoding: 'utf8' });
    expect(Number(/Overall exposure level for \S+: ([\d.]+)/.exec(report)?.[1])).toBeLessThan(3);
  });
});

it('docs name only files that exist', () => {
  for (const file of ['operate.md', 'runbook.md']) {
    const text = readFileSync(join(ROOT, 'docs', file), 'utf8');
    for (const [, target = ''] of text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g))
      expect(existsSync(resolve(ROOT, 'docs', dirname('x'), target)), `${file}: ${target}`).toBe(true);
    for (const [path] of text.matchAll(/\b(?:deploy|grafana)\/[\w./-]*\w/g))
      expect(existsSync(join(ROOT, path)) || existsSync(join(ROOT, `${path}.example`)), `${file}: ${path}`).toBe(true);
  }
  expect(readdirSync(join(ROOT, 'docs'))).toContain('metrics.md');
});
