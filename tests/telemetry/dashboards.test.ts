import { readFileSync, readdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { Metrics } from '../../src/telemetry/mod.js';
import { dashboards } from './dashboards.js';
import { PROMETHEUS_FOLDER } from './prometheus.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Unit ids of Grafana's own list that are used here. */
const UNITS = ['short', 's', 'bytes', 'percentunit'];

it.each(dashboards())(
  '$file is laid out without overlaps, with its own ids, and says what its axes mean',
  ({ panels, uid, templating }) => {
    expect(uid).toMatch(/^[\w-]{1,40}$/);
    expect(templating.list.map(({ name }) => name)).toEqual(['datasource', 'instance']);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
    const taken = new Set<string>();
    for (const {
      gridPos: { x, y, w, h },
      title,
      fieldConfig,
      targets,
    } of panels) {
      expect(x + w, title).toBeLessThanOrEqual(24);
      for (let column = x; column < x + w; column++) {
        for (let row = y; row < y + h; row++) {
          expect(taken.has(`${String(column)},${String(row)}`), title).toBe(false);
          taken.add(`${String(column)},${String(row)}`);
        }
      }
      expect(UNITS).toContain(fieldConfig.defaults.unit);
      expect(targets.length).toBeGreaterThan(0);
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
      for (const { legendFormat } of targets) expect(legendFormat).not.toBe('');
    }
  },
);

it.each(
  dashboards().flatMap(({ file, panels }) => panels.map(({ title, description, targets }) => ({ file, title, description, targets }))),
)('$file: $title says in a few sentences what it shows, and over which window', ({ title, description = '', targets }) => {
  expect(description).toMatch(/^.{30,}\.$/);
  expect(description).not.toBe(`${title}.`);
  expect(description.length).toBeLessThan(330);
  const ofRate = targets.some(({ expr }) => expr.includes('$__rate_interval'));
  expect(description.includes(' Over one minute, or more')).toBe(ofRate);
});

it('uids and titles differ', () => {
  const all = dashboards();
  expect(all.map(({ file }) => file).sort()).toEqual(['capacity.json', 'models.json', 'overview.json', 'scale.json', 'session.json']);
  expect(new Set(all.flatMap(({ uid, title }) => [uid, title])).size).toBe(10);
});

it('dashboards and rules name only metrics that the server has, and labels that these carry', async () => {
  const metrics = new Metrics();
  const { body } = await metrics.expose(undefined);
  metrics.close();
  const known = new Set(
    [...body.matchAll(/^# TYPE (\w+) (\w+)$/gm)].flatMap(([, name = '', type]) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  );
  const read = (file: string): string => readFileSync(join(PROMETHEUS_FOLDER, 'rules', file), 'utf8');
  const recording = parse(read('recording.yml')) as { groups: { rules: { record: string }[] }[] };
  const recorded = new Set(recording.groups.flatMap(({ rules }) => rules.map(({ record }) => record)));
  const texts = [
    ...dashboards().flatMap(({ panels }) => panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))),
    ...dashboards().flatMap(({ annotations }) => annotations.list.map(({ expr }) => expr)),
    read('recording.yml'),
    read('alerts.yml'),
  ];
  for (const text of texts) {
    for (const [name] of text.matchAll(/(?<![\w:.#/])(?:instance\w*:)?(?:mellm|process|nodejs)_\w+(?::\w+)?/g))
      expect(known.has(name) || recorded.has(name), name).toBe(true);
  }
});

it('every alarm links to its paragraph of the runbook and to a dashboard that is there, by the addresses in prometheus.yml', () => {
  const read = (file: string): unknown => parse(readFileSync(join(PROMETHEUS_FOLDER, file), 'utf8'));
  const { global } = read('prometheus.yml') as { global: { external_labels: Record<string, string> } };
  const { groups } = read('rules/alerts.yml') as { groups: { rules: { alert: string; annotations: Record<string, string> }[] }[] };
  const uids = dashboards().map(({ uid }) => uid);
  const alarms = groups.flatMap(({ rules }) => rules);
  expect(alarms.length).toBeGreaterThan(15);
  for (const { alert, annotations } of alarms) {
    const { runbook_url: runbook = '', dashboard_url: dashboard = '' } = annotations;
    expect(runbook).toBe(`{{ $externalLabels.mellm_docs_url }}/runbook.md#${alert.toLowerCase()}`);
    const [, uid] = /^\{\{ \$externalLabels\.mellm_grafana_url \}\}\/d\/([\w-]+)(\?var-instance=.+)?$/.exec(dashboard) ?? [];
    expect(uids, alert).toContain(uid);
    for (const [, label = ''] of `${runbook} ${dashboard}`.matchAll(/\$externalLabels\.(\w+)/g))
      expect(global.external_labels, label).toHaveProperty(label);
  }
});

it('every metric is on a dashboard or in a rule', () => {
  const metrics = new Metrics();
  const names = metrics.list().map(({ name }) => name);
  metrics.close();
  const shown = [
    ...dashboards().map((dashboard) => JSON.stringify(dashboard)),
    ...['recording.yml', 'alerts.yml'].map((file) => readFileSync(join(PROMETHEUS_FOLDER, 'rules', file), 'utf8')),
  ].join('\n');
  expect(names.length).toBeGreaterThan(30);
  expect(names.filter((name) => !new RegExp(`\\b${name}(_bucket|_sum|_count)?\\b`).test(shown))).toEqual([]);
});

it('every dashboard marks deployments and overload', () => {
  for (const { annotations, file } of dashboards())
    expect(
      annotations.list.map(({ name }) => name),
      file,
    ).toEqual(['Deployments', 'Overload']);
});

it('data source and provider point to what is there', () => {
  const read = (path: string): unknown => parse(readFileSync(join(ROOT, 'grafana/provisioning', path), 'utf8'));
  expect(read('datasources/prometheus.yaml')).toMatchObject({
    apiVersion: 1,
    datasources: [{ uid: 'prometheus', type: 'prometheus', isDefault: true }],
  });
  expect(read('dashboards/mellm-live.yaml')).toMatchObject({
    apiVersion: 1,
    providers: [{ type: 'file', options: { path: '/var/lib/grafana/dashboards' } }],
  });
});

it("what is written is what Grafana's published schema (@grafana/schema) takes", () => {
  const folder = mkdtempSync(join(ROOT, '.cache', 'dashboards-'));
  try {
    const file = join(folder, 'check.ts');
    const panelTypes = new Set(dashboards().flatMap(({ panels }) => panels.map(({ type }) => type)));
    const lines = [
      "import type { Dashboard } from '@grafana/schema';",
      ...[...panelTypes].map((type) => `import type * as ${type} from '${schemaOf(type)}';`),
      // Enumerations of the schema are written as their values in JSON.
      'type Plain<T> = T extends string ? `${T}` : T extends number ? number : T extends boolean | null | undefined ? T',
      '  : T extends readonly (infer E)[] ? Plain<E>[] : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;',
    ];
    for (const { file: name, ...rest } of dashboards()) {
      const dashboard = { ...rest, annotations: { list: rest.annotations.list.map(withoutPrometheus) } };
      lines.push(`// ${name}`, `(${JSON.stringify(dashboard)}) satisfies Plain<Dashboard>;`);
      for (const { type, options, fieldConfig } of dashboard.panels) {
        lines.push(`(${JSON.stringify(options)}) satisfies Plain<${type}.Options>;`);
        if (fieldConfig.defaults.custom)
          lines.push(`(${JSON.stringify(fieldConfig.defaults.custom)}) satisfies Plain<${type}.FieldConfig>;`);
      }
    }
    writeFileSync(file, lines.join('\n'));
    const program = ts.createProgram([file], {
      noEmit: true,
      strict: true,
      skipLibCheck: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      types: [],
    });
    const problems = ts.getPreEmitDiagnostics(program).map(({ messageText, start = 0, file: at }) => {
      const line = at?.getLineAndCharacterOfPosition(start);
      return `${String(line?.line)}:${String(line?.character)} ${at?.text.slice(start, start + 60) ?? ''} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    });
    expect(problems).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 60_000);

/** An annotation without the fields of Grafana's Prometheus data source, which the published schema leaves to it. */
const withoutPrometheus = (annotation: object): object =>
  Object.fromEntries(
    Object.entries(annotation).filter(([key]) => !/^(?:expr|step|titleFormat|textFormat|tagKeys|useValueForTime)$/.test(key)),
  );

/** The declarations of a panel's own options; the package names them by path only. */
function schemaOf(panel: string): string {
  const folder = join(ROOT, 'node_modules/@grafana/schema/dist/types/raw/composable', panel, 'panelcfg/x');
  const [file] = readdirSync(folder).filter((name) => name.endsWith('.d.ts'));
  return join(folder, (file ?? '').replace(/\.d\.ts$/, '.js'));
}
