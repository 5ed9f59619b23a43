import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { configSchema, loadConfig } from '../../src/config/mod.js';
import { ROLES } from '../../src/config/bus-schema.js';
import { Metrics } from '../../src/telemetry/mod.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = join(ROOT, 'deploy/kubernetes');
const read = (file: string): string => readFileSync(join(FOLDER, file), 'utf8');

interface Probe {
  httpGet: { path: string; port: string };
}
interface Container {
  name: string;
  image: string;
  args: string[];
  env: { name: string; value?: string; valueFrom?: { secretKeyRef?: { name: string; key: string } } }[];
  ports: { name: string; containerPort: number }[];
  startupProbe: Probe;
  readinessProbe: Probe;
  livenessProbe: Probe;
  resources: { requests: { cpu: string; memory: string }; limits: { memory: string } };
  securityContext: unknown;
  volumeMounts: { name: string; mountPath: string }[];
}
interface PodSpec {
  containers: Container[];
  securityContext: unknown;
  enableServiceLinks: boolean;
  automountServiceAccountToken: boolean;
  hostNetwork?: boolean;
  volumes?: { name: string; secret?: { secretName: string; items: { key: string; path: string }[] } }[];
}
interface Metric {
  type: string;
  pods?: { metric: { name: string } };
  external?: { metric: { name: string; selector: { matchLabels: { queue: string } } }; target?: { value: string } };
}
interface Thing {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  spec: {
    template?: { metadata: { labels: Record<string, string> }; spec: PodSpec };
    volumeClaimTemplates?: { metadata: { name: string } }[];
    serviceName?: string;
    selector?: Record<string, unknown> & { matchLabels?: Record<string, string> };
    scaleTargetRef?: { kind: string; name: string };
    metrics?: Metric[];
    ports?: { targetPort: string }[];
  };
}
interface AdapterRule {
  seriesQuery: string;
  name: { as: string };
  metricsQuery: string;
}

const kustomization = parse(read('kustomization.yaml')) as {
  resources: string[];
  images: { name: string; newTag: string }[];
  configMapGenerator: { name: string; files: string[] }[];
};
const thingsOf = (file: string): Thing[] => parseAllDocuments(read(file)).map((document) => document.toJS() as Thing);
const things = kustomization.resources.flatMap(thingsOf);
/** Takes the place of store.yaml. */
const postgres = thingsOf('store-postgres.yaml');
const workloads = things.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet');
const pod = (thing: Thing): PodSpec => {
  if (!thing.spec.template) throw new Error(thing.metadata.name);
  return thing.spec.template.spec;
};
const container = (thing: Thing): Container => {
  const [first] = pod(thing).containers;
  if (!first) throw new Error(thing.metadata.name);
  return first;
};
const ours = workloads.filter((thing) => container(thing).image === 'mellm-live');
const covers = (selector: Record<string, unknown>, thing: Thing): boolean =>
  Object.entries(selector).every(([label, value]) => thing.spec.template?.metadata.labels[label] === value);

/** The kinds' modules in kubernetes-models, which are made of the OpenAPI document that Kubernetes publishes. */
const moduleOf = ({ apiVersion, kind }: Pick<Thing, 'apiVersion' | 'kind'>): string => `kubernetes-models/${apiVersion}/${kind}`;
const require = createRequire(import.meta.url);

/** What TypeScript says of objects as literals of their kinds' types: misspelt fields too, which the schemas let through. */
function misfits(objects: readonly Pick<Thing, 'apiVersion' | 'kind'>[]): string[] {
  const folder = mkdtempSync(join(ROOT, '.cache', 'kubernetes-'));
  try {
    const file = join(folder, 'check.ts');
    writeFileSync(
      file,
      objects
        .flatMap((object, i) => [
          `import type { I${object.kind} as T${String(i)} } from '${moduleOf(object)}';`,
          `(${JSON.stringify(object)}) satisfies T${String(i)};`,
        ])
        .join('\n'),
    );
    const program = ts.createProgram([file], {
      noEmit: true,
      strict: true,
      skipLibCheck: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      types: [],
    });
    return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('the manifests', () => {
  it('are YAML without doubts, and all are used', () => {
    const files = readdirSync(FOLDER).filter((file) => file.endsWith('.yaml'));
    for (const file of files)
      for (const { errors, warnings } of parseAllDocuments(read(file))) expect([...errors, ...warnings], file).toEqual([]);
    expect(files.filter((file) => !kustomization.resources.includes(file)).sort()).toEqual([
      'config.example.yaml',
      'kustomization.yaml',
      'prometheus-adapter.yaml',
      'prometheus-scrape.yaml',
      'store-postgres.yaml',
    ]);
    for (const { files: named } of kustomization.configMapGenerator)
      for (const file of named) expect(existsSync(join(FOLDER, file)), file).toBe(true);
  });

  it.each([...things, ...postgres].map((thing) => [`${thing.kind} ${thing.metadata.name}`, thing] as const))(
    "%s is what Kubernetes' published schema takes",
    (_name, thing) => {
      const Model = (require(moduleOf(thing)) as Record<string, new (data: unknown) => { validate(): void }>)[thing.kind];
      if (!Model) throw new Error(`no model of ${thing.kind}`);
      expect(() => {
        new Model(thing).validate();
      }).not.toThrow();
      expect(() => {
        new Model({ ...thing, spec: 5, metadata: 7 }).validate();
      }).toThrow();
    },
  );

  it('hold no field that Kubernetes does not know', () => {
    expect(misfits([...things, ...postgres])).toEqual([]);
    const [budget] = things.filter(({ kind }) => kind === 'PodDisruptionBudget');
    expect(misfits([{ ...budget, spec: { maxUnavailabel: 1 } } as unknown as Thing])).toEqual([expect.stringContaining('maxUnavailabel')]);
  }, 60_000);

  it('have a workload for each role, with settings that exist and are valid', () => {
    const known = new Set(
      Object.entries(configSchema.shape).flatMap(([section, schema]) =>
        Object.keys((schema as { unwrap(): { shape: object } }).unwrap().shape).map((key) => `MELLM_${section}_${key}`.toUpperCase()),
      ),
    );
    const roles = ours.map((thing) => {
      const values: Record<string, string> = {};
      for (const { name, value } of container(thing).env) {
        expect(known.has(name) || ['NATS_PASSWORD', 'HOST_IP', 'MELLM_LLM_KEY'].includes(name), name).toBe(true);
        // Kubernetes fills in only what stands above.
        values[name] =
          value?.replace(/\$\((\w+)\)/g, (_all, other: string) => {
            expect(values).toHaveProperty(other);
            return values[other] ?? '';
          }) ?? '10.0.0.9';
      }
      const config = loadConfig({ env: values });
      expect(config.bus.url).toBe('nats://mellm:10.0.0.9@nats:4222');
      expect(thing.spec.template?.metadata.labels['app.kubernetes.io/component']).toBe(config.bus.roles.join());
      if (config.bus.roles.includes('ingest')) expect(config.bus.advertise_url).toBe(`http://10.0.0.9:${String(config.server.port)}`);
      return config.bus.roles.join();
    });
    expect(roles.sort()).toEqual([...ROLES].sort());
  });

  it("have a store in PostgreSQL that differs from the one with a disk by that alone, and starts with the image's own settings", () => {
    const [theirs, ours] = [things, postgres].map((all) =>
      all.find(({ kind, metadata }) => (kind === 'Deployment' || kind === 'StatefulSet') && metadata.name === 'mellm-store'),
    );
    if (!theirs || !ours) throw new Error('no store');
    const bare = (thing: Thing): unknown => {
      const { env, volumeMounts, ...rest } = container(thing);
      return [
        rest,
        { ...pod(thing), containers: [] },
        env.filter(({ name }) => !name.startsWith('MELLM_STORE_')),
        volumeMounts.filter(({ name }) => name !== 'data'),
      ];
    };
    expect(bare(ours)).toEqual(bare(theirs));
    expect(ours.spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
    expect(
      postgres.filter(({ kind, spec }) => kind === 'PodDisruptionBudget' && covers(spec.selector?.matchLabels ?? {}, ours)),
    ).toHaveLength(1);
    const image = Object.fromEntries(
      [...readFileSync(join(ROOT, 'deploy/Dockerfile'), 'utf8').matchAll(/\b(MELLM_STORE_\w+)=(\S+)/g)].map(([, name = '', value]) => [
        name,
        value,
      ]),
    );
    expect(image).toHaveProperty('MELLM_STORE_PATH');
    const given = Object.fromEntries(
      container(ours)
        .env.filter(({ name }) => name.startsWith('MELLM_STORE_'))
        .map(({ name, value, valueFrom }) => [name, valueFrom?.secretKeyRef?.key === 'store-url' ? 'postgres://mellm@db/mellm' : value]),
    );
    // Both set would be refused.
    expect(loadConfig({ env: { ...image, ...given } }).store.url).toBe('postgres://mellm@db/mellm');
    expect(readFileSync(join(ROOT, 'docs/scale.md'), 'utf8')).toContain('store-url');
  });

  it('probe ports and paths that exist', () => {
    const server = readFileSync(join(ROOT, 'src/server/http/health.ts'), 'utf8');
    const { port } = loadConfig().server;
    for (const thing of workloads) {
      const { startupProbe, readinessProbe, livenessProbe, ports } = container(thing);
      for (const { httpGet } of [startupProbe, readinessProbe, livenessProbe]) {
        expect(ports.map(({ name }) => name)).toContain(httpGet.port);
        if (ours.includes(thing)) expect(server).toContain(`app.get('${httpGet.path}'`);
      }
      if (ours.includes(thing)) {
        expect(ports).toEqual([expect.objectContaining({ name: 'http', containerPort: port })]);
        expect([startupProbe, readinessProbe, livenessProbe].map(({ httpGet }) => httpGet.path)).toEqual([
          '/healthz',
          '/readyz',
          '/healthz',
        ]);
      } else {
        const conf = read('nats.conf');
        for (const { containerPort } of ports) expect(conf).toMatch(new RegExp(`port: ${String(containerPort)}$`, 'm'));
      }
    }
  });

  it('run without rights, from a root that can not be written, with bounds', () => {
    for (const thing of workloads) {
      const spec = pod(thing);
      expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } });
      expect(spec).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false });
      expect(spec.hostNetwork === true).toBe(thing.metadata.name === 'mellm-ingest');
      for (const { securityContext, resources, volumeMounts, image } of spec.containers) {
        expect(securityContext).toEqual({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } });
        expect(resources).toMatchObject({
          requests: { cpu: expect.any(String) as string, memory: expect.any(String) as string },
          limits: { memory: expect.any(String) as string },
        });
        const volumes = [
          ...(spec.volumes ?? []).map(({ name }) => name),
          ...(thing.spec.volumeClaimTemplates ?? []).map(({ metadata }) => metadata.name),
        ];
        expect(volumeMounts.map(({ name }) => name).sort()).toEqual(volumes.sort());
        expect(kustomization.images.find(({ name }) => name === image)?.newTag).toMatch(/\d\.\d/);
      }
    }
  });

  it('name secrets, and hold none', () => {
    expect(things.filter(({ kind }) => kind === 'Secret')).toEqual([]);
    const named = new Set<string>();
    for (const thing of workloads) {
      for (const { name, value, valueFrom } of container(thing).env) {
        if (/PASSWORD|KEY|SECRET/.test(name)) expect(value, name).toBeUndefined();
        if (valueFrom?.secretKeyRef) named.add(`${valueFrom.secretKeyRef.name}/${valueFrom.secretKeyRef.key}`);
      }
      for (const { secret } of pod(thing).volumes ?? [])
        for (const { key } of secret?.items ?? []) named.add(`${secret?.secretName ?? ''}/${key}`);
    }
    expect([...named].sort()).toEqual(['config.yaml', 'llm-key', 'nats-password', 'tokens'].map((key) => `mellm-live/${key}`));
    const docs = readFileSync(join(ROOT, 'docs/scale.md'), 'utf8');
    for (const key of named) expect(docs).toContain(key.split('/')[1]);
    for (const thing of ours) {
      const mount = container(thing).volumeMounts.find(({ name }) => name === 'secret')?.mountPath ?? '';
      expect(container(thing).args).toEqual(['serve', '--config', `${mount}/config.yaml`]);
      expect(container(thing).env).toContainEqual({ name: 'MELLM_AUTH_TOKENS_FILE', value: `${mount}/tokens` });
    }
  });

  it('have budgets, services and autoscalers that point at something', () => {
    for (const thing of workloads) {
      const budgets = things.filter(({ kind, spec }) => kind === 'PodDisruptionBudget' && covers(spec.selector?.matchLabels ?? {}, thing));
      expect(budgets.map(({ metadata }) => metadata.name)).toEqual([thing.metadata.name]);
      expect(covers(thing.spec.selector?.matchLabels ?? {}, thing)).toBe(true);
      if (thing.spec.serviceName !== undefined)
        expect(things.some(({ kind, metadata }) => kind === 'Service' && metadata.name === thing.spec.serviceName)).toBe(true);
    }
    for (const { spec, metadata } of things.filter(({ kind }) => kind === 'Service')) {
      const [behind] = workloads.filter((thing) => covers(spec.selector ?? {}, thing));
      expect(behind, metadata.name).toBeDefined();
      for (const { targetPort } of spec.ports ?? [])
        if (behind) expect(container(behind).ports.map(({ name }) => name)).toContain(targetPort);
    }
    const scaled = things.filter(({ kind }) => kind === 'HorizontalPodAutoscaler').map(({ spec }) => spec.scaleTargetRef);
    expect(scaled.map((target) => target?.name).sort()).toEqual(['mellm-flow', 'mellm-ingest', 'mellm-llm']);
    for (const target of scaled)
      expect(workloads.some(({ kind, metadata }) => kind === target?.kind && metadata.name === target.name)).toBe(true);
  });
});

describe('autoscaling', () => {
  const { custom, external } = (parse(read('prometheus-adapter.yaml')) as { rules: { custom: AdapterRule[]; external: AdapterRule[] } })
    .rules;

  it('asks for what the adapter gives, and the adapter for metrics that exist', () => {
    const asked = things.filter(({ kind }) => kind === 'HorizontalPodAutoscaler').flatMap(({ spec }) => spec.metrics ?? []);
    expect(asked.filter(({ type }) => type === 'Pods').map(({ pods }) => pods?.metric.name)).toEqual(custom.map(({ name }) => name.as));
    expect(new Set(asked.filter(({ type }) => type === 'External').map((metric) => metric.external?.metric.name))).toEqual(
      new Set(external.map(({ name }) => name.as)),
    );
    const metrics = new Metrics();
    const list = metrics.list();
    metrics.close();
    for (const { seriesQuery, metricsQuery } of [...custom, ...external]) {
      for (const [name] of `${seriesQuery} ${metricsQuery}`.matchAll(/\bmellm_\w+/g)) {
        const metric = list.find((one) => one.name === name);
        expect(metric, name).toBeDefined();
        if (external.some((rule) => rule.metricsQuery === metricsQuery)) expect(metric?.labels, name).toContain('queue');
      }
    }
    expect(asked.flatMap((metric) => metric.external?.metric.selector.matchLabels.queue ?? [])).toEqual(['flow', 'llm']);
  });

  it.skipIf(spawnSync('promtool', ['--version']).status !== 0)(
    'asks Prometheus in its language (skipped where promtool is missing)',
    () => {
      const folder = mkdtempSync(join(tmpdir(), 'mellm-adapter-'));
      const rules = [...custom, ...external].map(({ seriesQuery, metricsQuery, name }) => ({
        record: name.as,
        expr: metricsQuery
          .replaceAll('<<.Series>>', /^\w+/.exec(seriesQuery)?.[0] ?? '')
          .replaceAll('<<.LabelMatchers>>', 'namespace="mellm-live"')
          .replaceAll('<<.GroupBy>>', 'pod'),
      }));
      writeFileSync(join(folder, 'rules.yml'), JSON.stringify({ groups: [{ name: 'adapter', rules }] }));
      const series = (name: string, labels: string, values: string) => ({
        series: `${name}{namespace="mellm-live",pod="a",${labels}}`,
        values,
      });
      const wait = (seconds: number) => [
        {
          expr: rules.find(({ record }) => record === 'mellm_queue_wait_seconds')?.expr,
          eval_time: '5m5s',
          exp_samples: [{ labels: '{}', value: seconds }],
        },
      ];
      const flow = (pending: string, unacked: string, done: string) => [
        series('mellm_jobs_pending', 'queue="flow"', pending),
        series('mellm_jobs_unacked', 'queue="flow"', unacked),
        series('mellm_jobs_total', 'queue="flow",result="done"', done),
      ];
      // Three alerts a minute, and a scrape in eight that sees one with a worker: that is no reason for another worker.
      const calm = flow('0x24', '0x13 1 0x9', '0+0.75x24');
      expect(0.125 / 0.2).toBeLessThan(
        Number(
          things.find(({ kind, metadata }) => kind === 'HorizontalPodAutoscaler' && metadata.name === 'mellm-flow')?.spec.metrics?.[0]
            ?.external?.target?.value,
        ),
      );
      // The workers do nothing any more.
      const stalled = flow('12x24', '0x24', '90x24');
      writeFileSync(
        join(folder, 'test.yml'),
        JSON.stringify({
          rule_files: ['rules.yml'],
          tests: [
            { interval: '15s', input_series: calm, promql_expr_test: wait(0.625) },
            { interval: '15s', input_series: stalled, promql_expr_test: wait(60) },
            {
              interval: '15s',
              input_series: [
                series('mellm_sessions_active', 'role="ingest"', '12x20'),
                series('mellm_sessions_limit', 'role="ingest"', '16x20'),
                series('mellm_jobs_pending', 'queue="flow"', '40x20'),
                series('mellm_jobs_unacked', 'queue="flow"', '10x20'),
                series('mellm_jobs_total', 'queue="flow",result="done"', '0+300x20'),
              ],
              promql_expr_test: [
                { expr: 'mellm_sessions_used', eval_time: '5m', exp_samples: [{ labels: 'mellm_sessions_used{pod="a"}', value: 0.75 }] },
                { expr: 'mellm_queue_wait_seconds', eval_time: '5m', exp_samples: [{ labels: 'mellm_queue_wait_seconds', value: 2.5 }] },
              ],
            },
          ],
        }),
      );
      const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', join(folder, 'test.yml')], { encoding: 'utf8' });
      rmSync(folder, { recursive: true });
      expect(status, `${stdout}${stderr}`).toBe(0);
    },
  );
});

it('the example of the settings is one', () => {
  const config = loadConfig({ file: join(FOLDER, 'config.example.yaml') });
  expect(config.webrtc.ice_servers.map(({ urls }) => urls.split(':')[0])).toEqual(['stun', 'turns']);
  const suggested = read('config.example.yaml').replace(/^ {2}# (url|model):/gm, '  $1:');
  expect(loadConfig({ overrides: parse(suggested) as object }).llm.url).toHaveLength(2);
});

it.skipIf(spawnSync('nats-server', ['--version']).status !== 0)(
  'NATS takes its configuration (skipped where nats-server is missing)',
  () => {
    expect(
      spawnSync('nats-server', ['-t', '-c', join(FOLDER, 'nats.conf')], { env: { ...process.env, NATS_PASSWORD: 'p0a1b2c3' } }).status,
    ).toBe(0);
    expect(spawnSync('nats-server', ['-t', '-c', join(FOLDER, 'nats.conf')], { env: { PATH: process.env['PATH'] } }).status).not.toBe(0);
  },
);

const kubectl = spawnSync('kubectl', ['version', '--client'], { encoding: 'utf8' });
it.skipIf(kubectl.status !== 0 || !/Kustomize Version: v[5-9]/.test(kubectl.stdout))(
  'kustomize puts them together (skipped where kubectl 1.27 or newer is missing)',
  () => {
    const { status, stdout, stderr } = spawnSync('kubectl', ['kustomize', FOLDER], { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    const rendered = parseAllDocuments(stdout).map((document) => document.toJS() as Thing & { metadata: { namespace?: string } });
    expect(rendered).toHaveLength(things.length + kustomization.configMapGenerator.length);
    for (const { kind, metadata } of rendered) if (kind !== 'Namespace') expect(metadata.namespace).toBe('mellm-live');
    const names = new Set(rendered.filter(({ kind }) => kind === 'ConfigMap').map(({ metadata }) => metadata.name));
    for (const thing of rendered.filter(({ kind }) => kind === 'StatefulSet'))
      for (const volume of thing.spec.template?.spec.volumes ?? [])
        if ('configMap' in volume) expect(names).toContain((volume.configMap as { name: string }).name);
  },
  30_000,
);
