// Draws which folders of src/ import which into docs/architecture.md. `--check` fails where the drawing is stale.
import { readFileSync, writeFileSync } from 'node:fs';
import { cruise } from 'dependency-cruiser';
import config from '../../.dependency-cruiser.js';

const PAGE = new URL('../../docs/architecture.md', import.meta.url);
const [START, END] = ['<!-- graph:start -->', '<!-- graph:end -->'];

const { enhancedResolveOptions, ...options } = config.options;
const { output } = await cruise(['src'], { ...options, exclude: { path: ['/assembly/', '\\.test\\.ts$'] } }, enhancedResolveOptions);

/** Imports between folders, by importer: those of values, and those of types alone. */
const values = new Map();
const types = new Map();
const folder = (path) => /^src\/([^/]+)\//.exec(path)?.[1];
for (const { source, dependencies } of output.modules) {
  for (const { resolved, dependencyTypes } of dependencies) {
    const [from, to] = [folder(source), folder(resolved)];
    if (!from || !to || from === to) continue;
    const kind = dependencyTypes.includes('type-only') ? types : values;
    kind.set(from, (kind.get(from) ?? new Set()).add(to));
  }
}

const valueEdges = edges(values).filter(([from, to]) => !reaches(from, to, [values]));
const typeEdges = edges(types).filter(([from, to]) => !values.get(from)?.has(to) && !reaches(from, to, [values, types]));
const drawing = [
  '```mermaid',
  'flowchart TD',
  ...valueEdges.map(([from, to]) => `  ${from} --> ${to}`),
  ...typeEdges.map(([from, to]) => `  ${from} -.-> ${to}`),
  '```',
].join('\n');

const page = readFileSync(PAGE, 'utf8');
const [before, rest] = page.split(START);
const after = rest?.split(END)[1];
if (after === undefined) throw new Error(`docs/architecture.md has no ${START} … ${END}`);
const drawn = `${before}${START}\n\n${drawing}\n\n${END}${after}`;
if (process.argv.includes('--check')) {
  if (drawn !== page) {
    console.error('docs/architecture.md: the graph is stale; run: node scripts/docs/write-graph.js');
    process.exit(1);
  }
} else {
  writeFileSync(PAGE, drawn);
}

function edges(graph) {
  return [...graph].flatMap(([from, all]) => [...all].map((to) => [from, to])).sort((a, b) => (a.join() < b.join() ? -1 : 1));
}

/** Whether `from` imports `to` by way of others, so that a line of its own would say nothing new. */
function reaches(from, to, graphs) {
  const next = (node) => graphs.flatMap((graph) => [...(graph.get(node) ?? [])]);
  const seen = new Set();
  const queue = next(from).filter((node) => node !== to);
  for (const node of queue) {
    if (seen.has(node)) continue;
    seen.add(node);
    if (node === to) return true;
    queue.push(...next(node));
  }
  return false;
}
