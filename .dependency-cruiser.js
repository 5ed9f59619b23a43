// Imports point one way (docs/architecture.md): cli → server → pipeline → stages → runtime → {events, config, telemetry} → common.
const STAGES = ['ingest', 'face', 'spotting', 'flow', 'llm'];
const stages = `(?:${STAGES.join('|')})`;
const BASE = 'common|config|telemetry|events';

/** Code of `from` may be imported by what stands in `to` only; types and tests are judged by the same rule unless said otherwise. */
const only = (name, from, allowed, rest = {}) => ({
  name,
  severity: 'error',
  comment: `src/${from} may import: ${allowed || 'nothing'}`,
  from: { path: `^src/${from}/`, pathNot: '\\.test\\.ts$' },
  to: { path: '^src/', pathNot: `^src/(?:${from}${allowed ? `|${allowed}` : ''})/`, ...rest },
});

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'two files that need each other are one idea',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'nothing-imports-lab',
      severity: 'error',
      comment: 'what measures the product is no part of it; the CLI loads its commands when they are asked for',
      from: { path: '^src/', pathNot: '\\.test\\.ts$|^src/cli/main\\.ts$' },
      to: { path: '^(?:lab|tests)/' },
    },
    {
      name: 'cli-loads-lab-late',
      severity: 'error',
      comment: 'by dynamic import',
      from: { path: '^src/cli/main\\.ts$' },
      to: { path: '^lab/', dependencyTypesNot: ['dynamic-import'] },
    },
    {
      name: 'client-library-takes-types-only',
      severity: 'error',
      comment: 'clients/javascript has no dependency: of the server it knows the types that events and answers have',
      from: { path: '^clients/javascript/src/', pathNot: '\\.test\\.ts$' },
      to: { pathNot: '^clients/javascript/src/|^node_modules/(?:@types/)?ws/', dependencyTypesNot: ['type-only'] },
    },
    only('common', 'common', ''),
    only('telemetry', 'telemetry', 'common'),
    only('config', 'config', 'common|telemetry'),
    only('events', 'events', 'common|config|telemetry'),
    only('runtime', 'runtime', BASE),
    only('auth', 'auth', BASE),
    only('store', 'store', `${BASE}|runtime`),
    ...STAGES.map((stage) => only(`stage-${stage}`, stage, `${BASE}|runtime|${stages}`)),
    ...STAGES.map((stage) => ({
      name: `stage-${stage}-takes-types-only`,
      severity: 'error',
      comment: 'a stage knows of another what its contract.ts says',
      from: { path: `^src/${stage}/`, pathNot: '\\.test\\.ts$' },
      to: { path: `^src/${stages}/`, pathNot: `^src/${stage}/|/contract\\.ts$`, dependencyTypesNot: ['type-only'] },
    })),
    only('pipeline', 'pipeline', `${BASE}|runtime|store|${stages}`),
    only('cluster', 'cluster', `${BASE}|runtime|store|pipeline|${stages}`),
    only('server', 'server', `${BASE}|runtime|store|auth|cluster|pipeline|${stages}`),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/assembly/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
    },
  },
};
