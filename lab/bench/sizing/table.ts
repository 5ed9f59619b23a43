import type { Costs, Quantity } from './costs.js';
import type { Quantiles } from './peak.js';
import type { Sizing } from './size.js';

/** Between these lines of docs/scale.md stands the table. */
export const MARKS = [
  '<!-- sizing: made from docs/scale-costs.json by `node scripts/docs/write-sizing.js`; edit there -->',
  '<!-- /sizing -->',
] as const;

/** Two significant digits; a simulation has no more. */
function two(value: number): string {
  if (!Number.isFinite(value)) return '-';
  if (value === 0) return '0';
  const digits = Math.floor(Math.log10(Math.abs(value)));
  const unit = 10 ** (digits - 1);
  return digits >= 1 ? (Math.round(value / unit) * unit).toLocaleString('en').replaceAll(',', ' ') : value.toFixed(Math.min(4, 1 - digits));
}

const seconds = (ms: number): string => (ms < 100 ? `${String(Math.round(ms))} ms` : `${two(ms / 1000)} s`);
const waits = ({ p50, p95, p99 }: Quantiles): string => [p50, p95, p99].map(seconds).join(' / ');
const percent = (share: number): string => `${two(100 * share)} %`;
const megabytes = (bytes: number): string => `${two(bytes / 1e6)} MB/s`;
const bits = (megabits: number): string => (megabits >= 1000 ? `${two(megabits / 1000)} Gbit/s` : `${two(megabits)} Mbit/s`);
const gigabytes = (bytes: number): string => `${two(bytes / 1e9)} GB`;

/** Rows: what, and how it reads of one sizing. */
const ROWS: readonly (readonly [string, (sizing: Sizing, costs: Costs) => string])[] = [
  ['`ingest`: machines (places each)', ({ nodes, places }) => `${String(nodes)} (${String(places)})`],
  ['`flow`: processes of one core', ({ processes: { flow } }) => String(flow)],
  ['`llm`: processes of one core, embedded MELLM', ({ processes: { llm } }) => String(llm)],
  ['`api`: processes', ({ processes: { api }, apiFits }) => `${String(api)}${apiFits ? '' : ', too slow: see below'}`],
  ['`store`: cores it uses', ({ cores: { store } }) => two(store)],
  ['nats-server: cores it uses', ({ cores: { nats } }) => two(nats)],
  ['cores in all', ({ cores }) => two(Object.values(cores).reduce((a, b) => a + b, 0))],
  ['GPUs', () => 'none was measured'],
  ['video in', ({ network }) => bits(network.video)],
  ['viewers out', ({ network }) => bits(network.viewers)],
  ['nats-server in / out', ({ network }) => `${bits(network.natsIn)} / ${bits(network.natsOut)}`],
  ['messages a second in / out', ({ messages }) => `${two(messages.in)} / ${two(messages.out)}`],
  ['JetStream on disk, a second', ({ stream: { disk } }) => `${two(disk.messages)} messages, ${megabytes(disk.bytes)}`],
  ['JetStream in memory, a second', ({ stream: { memory } }) => `${two(memory.messages)} messages, ${megabytes(memory.bytes)}`],
  ['`bus.image_megabytes` for an hour of images', ({ imageMegabytes }) => two(imageMegabytes)],
  ["JetStream's disk for 24 h", ({ streamed }) => gigabytes(streamed)],
  ['the store, a day', ({ stored }) => gigabytes(stored)],
  ['flow waits in the queue: half / 95 % / 99 % less', ({ peak }) => waits(peak.flow.wait)],
  ['MELLM waits: half / 95 % / 99 % less', ({ peak }) => waits(peak.llm.wait)],
  ['window closed to final event: half / 95 % / 99 % less', ({ peak }) => waits(peak.latency)],
  ['jobs rejected', ({ peak }) => two(peak.flow.turnedAway + peak.llm.turnedAway)],
  ['publishers refused with 503 at least once', ({ day }) => percent(day.refused)],
  ['an `ingest` machine dies: sessions cut off', ({ day }) => two(day.cut)],
  ['… live again elsewhere: half / 99 % within', ({ day }) => `${two(day.back.p50)} s / ${two(day.back.p99)} s`],
];

/** The table of docs/scale.md. */
function table(sizings: readonly Sizing[], costs: Costs): string {
  const head = ['sessions at a time', ...sizings.map(({ sessions }) => sessions.toLocaleString('en').replaceAll(',', ' '))];
  const rows = ROWS.map(([name, tell]) => [name, ...sizings.map((sizing) => tell(sizing, costs))]);
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** The same for one number of sessions, as a benchmark tells it. */
export function figuresOf(sizing: Sizing, costs: Costs): Record<string, string> {
  const name = `${String(sizing.sessions)} sessions`;
  return {
    ...Object.fromEntries(ROWS.map(([row, tell]) => [`${name}: ${row.replaceAll('`', '')}`, tell(sizing, costs)])),
    [`${name}: fullest of what there is one of`]: sizing.parts
      .slice(0, 3)
      .map((part) => `${part.name} ${percent(part.used)}`)
      .join(', '),
  };
}

/** What breaks first: the parts that there is one of, and how full they are. */
function breaksFirst(sizings: readonly Sizing[]): string {
  const last = sizings.at(-1);
  if (!last) return '';
  const used = (sizing: Sizing, name: string): number => sizing.parts.find((part) => part.name === name)?.used ?? NaN;
  const head = [
    'bottleneck',
    ...sizings.map(({ sessions }) => `at ${sessions.toLocaleString('en').replaceAll(',', ' ')}`),
    'full at some',
    'why',
  ];
  const rows = last.parts.map(({ name, used: full, breaks }) => [
    name,
    ...sizings.map((sizing) => percent(used(sizing, name))),
    full > 0 ? `${two(last.sessions / full)} sessions` : '-',
    breaks,
  ]);
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** Where the costs come from, measured and assumed. */
function sources(costs: Costs): string {
  const quantities: (readonly [string, Quantity])[] = [];
  for (const [section, values] of Object.entries(costs)) {
    if (typeof values !== 'object') continue;
    for (const [name, quantity] of Object.entries(values as Record<string, unknown>)) {
      if (typeof quantity === 'object' && quantity !== null && 'value' in quantity)
        quantities.push([`${section}.${name}`, quantity as Quantity]);
    }
  }
  const list = (assumed: boolean): string =>
    quantities
      .filter(([, quantity]) => (quantity.assumed ?? false) === assumed)
      .map(([name, { value, unit, from }]) => `| \`${name}\` | ${String(value)} ${unit} | ${from} |`)
      .join('\n');
  return `**Measured** (${costs.machine}):\n\n| | | by |\n| --- | --- | --- |\n${list(false)}\n\n**Assumed**, not measured; change them to yours:\n\n| | | why |\n| --- | --- | --- |\n${list(true)}`;
}

/** What stands between the {@link MARKS}. */
export function section(sizings: readonly Sizing[], costs: Costs): string {
  return [
    MARKS[0],
    '',
    table(sizings, costs),
    '',
    '**What breaks first**, share of it used in the busiest hour:',
    '',
    breaksFirst(sizings),
    '',
    sources(costs),
    '',
    MARKS[1],
  ].join('\n');
}
