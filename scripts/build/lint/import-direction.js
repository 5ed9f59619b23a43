// ESLint rule: folders of src import in one direction, and a stage takes another stage's types only.
import { dirname, relative, resolve, sep } from 'node:path';

const STAGES = ['ingest', 'face', 'spotting', 'flow', 'llm'];
const BASE = ['threads', 'telemetry', 'annotations', 'config', 'errors', 'random'];
const BELOW_PIPELINE = [...STAGES, ...BASE, 'inference', 'bus', 'store', 'report'];

/** Folder → folders whose code it may import, itself apart. */
const MAY = {
  ...Object.fromEntries(BASE.map((name) => [name, BASE])),
  ...Object.fromEntries(STAGES.map((name) => [name, [...BASE, 'inference']])),
  auth: BASE,
  inference: BASE,
  bus: BASE,
  store: BASE,
  report: [...BASE, 'store'],
  pipeline: BELOW_PIPELINE,
  // The same pipeline spread over processes: which of them does what, and how they find each other.
  cluster: BELOW_PIPELINE,
  // The ruler: runs the stages over data sets, outside of any session.
  datasets: BASE,
  evaluation: ['datasets', ...BELOW_PIPELINE],
  server: ['pipeline', 'cluster', 'auth', ...BELOW_PIPELINE],
  bench: ['server', 'pipeline', ...BELOW_PIPELINE],
  cli: ['bench', 'server', 'pipeline', 'evaluation', 'datasets', ...BELOW_PIPELINE],
};
/** Folder → folders of which it may import types. */
const MAY_TYPES = { ...Object.fromEntries(STAGES.map((name) => [name, STAGES])), annotations: STAGES, bus: ['annotations'], cluster: ['pipeline'] };

export default {
  meta: { type: 'problem', schema: [], messages: { direction: '{{from}} may not import {{to}}{{what}}; see docs/architecture.md for the direction of imports' } },
  create(context) {
    const src = resolve(context.cwd, 'src');
    const folder = (file) => {
      const path = relative(src, file);
      return path.startsWith('..') ? undefined : path.split(sep)[0];
    };
    const from = folder(context.filename);
    const check = (node) => {
      const target = node.source?.value;
      if (from === undefined || typeof target !== 'string' || !target.startsWith('.')) return;
      const to = folder(resolve(dirname(context.filename), target));
      if (to === undefined || to === from || (MAY[from] ?? []).includes(to)) return;
      // CROP_SIZE and its like are part of the type that a stage hands on: the file that declares the type may be imported.
      const contract = /(aligned-face|frame|window|flow-report|description)\.js$/.test(target);
      const typeOnly = node.importKind === 'type' || node.exportKind === 'type'
        || (node.specifiers?.length > 0 && node.specifiers.every((specifier) => specifier.importKind === 'type'));
      if ((MAY_TYPES[from] ?? []).includes(to) && (typeOnly || contract)) return;
      context.report({ node, messageId: 'direction', data: { from, to, what: typeOnly ? '' : '\'s code' } });
    };
    return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check, ImportExpression: check };
  },
};
