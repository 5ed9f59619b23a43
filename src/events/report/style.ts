import { createHash } from 'node:crypto';

/** The report's only style sheet; no element carries a style of its own, so that a policy can name it by its hash. */
export const STYLE = `
:root { --ink: #1c2126; --soft: #5b6672; --line: #d5dbe1; --micro: #b3261e; --macro: #2563a8; --bar: #6b7f94; }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: #fff; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; border-bottom: 1px solid var(--line); }
p, li { max-width: 46rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { font-weight: 600; color: var(--soft); }
.number { text-align: right; }
.soft { color: var(--soft); }
.note { border-left: 4px solid var(--macro); background: #f2f6fa; padding: .5rem 1rem; }
.text { white-space: pre-wrap; }
figure { margin: 0; } figcaption { color: var(--soft); font-size: .85rem; }
.pictures { display: flex; flex-wrap: wrap; gap: .75rem; margin: .5rem 0; }
.pictures img { width: 168px; height: 168px; display: block; background: #eee; }
svg { width: 100%; height: auto; display: block; }
svg text { font: 11px system-ui, sans-serif; fill: var(--soft); }
.axis, .grid { stroke: var(--line); } .micro { fill: var(--micro); } .macro { fill: var(--macro); } .apex { stroke: #fff; } .bar { fill: var(--bar); }
article { break-inside: avoid; border-top: 1px solid var(--line); padding: .75rem 0; }
article h3 { font-size: 1rem; margin: 0; }
@media print { body { margin: 0; max-width: none; font-size: 12px; } }
`;

/** What a browser may do with the report: show its own style and its own pictures, nothing else. */
export const REPORT_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; img-src data:; base-uri 'none'; form-action 'none'`;
