// Writes docs/events.md, docs/uploads.md, docs/metrics.md and docs/settings.md from what the server itself uses. `--check` fails where they are stale.
import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import * as schema from '../../dist/src/events/schema.js';
import * as recordings from '../../dist/src/events/recording-schema.js';
import { configSchema } from '../../dist/src/config/schema.js';
import { Metrics } from '../../dist/src/telemetry/mod.js';

const typeOf = (node) => {
  if (node.const !== undefined) return `\`${node.const}\``;
  if (node.enum) return node.enum.map((value) => `\`${value}\``).join(' \\| ');
  if (node.anyOf) return node.anyOf.map(typeOf).join(' or ');
  if (Array.isArray(node.type)) return node.type.join(' or ');
  if (node.type === 'array')
    return node.prefixItems
      ? `[${node.prefixItems.map(typeOf).join(', ')}]`
      : `${node.items?.type === 'object' ? 'object' : typeOf(node.items ?? {})}[]`;
  return node.type ?? 'any';
};

/** Rows of an object's fields, nested ones with their path. */
function rows(node, path = '', required = true) {
  const result = [];
  for (const [name, field] of Object.entries(node.properties ?? {})) {
    const full = path ? `${path}.${name}` : name;
    const must = required && (node.required ?? []).includes(name);
    const inner =
      field.type === 'object' && field.properties ? field : field.type === 'array' && field.items?.properties ? field.items : undefined;
    result.push([
      `\`${full}${inner && field.type === 'array' ? '[]' : ''}\``,
      inner ? (field.type === 'array' ? 'object[]' : 'object') : typeOf(field),
      must ? '' : 'may be absent',
      (field.description ?? '').replaceAll('|', '\\|').replaceAll('<', '&lt;'),
    ]);
    if (inner) result.push(...rows(inner, `${full}${field.type === 'array' ? '[]' : ''}`, true));
  }
  return result;
}

const table = (head, body) => [head, head.map(() => '---'), ...body].map((row) => `| ${row.join(' | ')} |`).join('\n');
const json = (value) => z.toJSONSchema(value, { io: 'output' });

function events() {
  const annotation = rows(json(schema.annotationSchema));
  const parts = [
    '# Events\n',
    'Made from `src/events/schema.ts` by `node scripts/docs/write-reference.js`; edit there.\n',
    `\`GET /ws?session={id}\` with the subprotocol \`${schema.SUBPROTOCOL}\` sends these as JSON text messages. Durable events carry \`seq\`, per session and gapless; reconnect with \`?since={seq}\` and nothing is missed. \`track\`, \`signal\`, \`stats\` and \`progress\` carry none and are left out first when a viewer is slow.\n`,
    '## An annotation\n',
    table(['field', 'type', '', 'meaning'], annotation),
    '',
  ];
  for (const [title, union] of [
    ['Durable events', schema.durableEventSchema],
    ['Ephemeral events', schema.ephemeralEventSchema],
  ]) {
    parts.push(`## ${title}\n`);
    for (const option of union.options) {
      const shape = json(option);
      const name = shape.properties.type.const;
      const body = rows(shape).filter(
        ([field]) => field !== '`type`' && !(name === 'annotation.closed' && field.startsWith('`annotation.')),
      );
      parts.push(`### \`${name}\`\n`, table(['field', 'type', '', 'meaning'], body), '');
    }
  }
  return `${parts.join('\n')}`;
}

function uploads() {
  const fields = (shape) => table(['field', 'type', '', 'meaning'], rows(json(shape)));
  return [
    '# Uploading recordings\n',
    'Made from `src/events/recording-schema.ts` by `node scripts/docs/write-reference.js`; edit there.\n',
    'A recording is uploaded piece by piece, in the manner of tus 1.0, and analysed by the same code as `mellm-live analyze`: every frame, as fast as the machine can, with the same answer. All requests need the grant `publish`; a recording is there for the token that announced it (where nobody is asked for one: for everyone) and for `admin`.\n',
    table(
      ['request', 'does'],
      [
        [
          '`POST /api/recordings`',
          'announces a recording; 201 with `Location` and the recording. 413 above `recordings.max_bytes`, 429 above `recordings.per_token` or `per_address`, 503 above `recordings.waiting`, 507 where the disk or `recordings.quota_bytes` has no room',
        ],
        ['`HEAD /api/recordings/{id}`', '`Upload-Offset`: bytes that have arrived. A request that still writes is ended'],
        [
          '`PATCH /api/recordings/{id}`',
          `appends the body (\`${recordings.UPLOAD_TYPE}\`) at \`Upload-Offset\`; 204 with the new offset. 409 on a wrong offset, with the right one; 413 beyond the announced size; 422 where the SHA-256 differs. What came before a connection broke stays. A request may take \`limits.request_timeout_ms\`, so send pieces`,
        ],
        ['`GET /api/recordings/{id}`', 'the recording, as below'],
        ['`DELETE /api/recordings/{id}`', 'cancels and deletes it, and what was found if its analysis is not complete'],
      ],
    ),
    '',
    'Once complete, a recording waits for those before it: one is analysed at a time, in a process of its own with low priority, beside live sessions and outside of `server.max_sessions`. It is a session with the same id: events go to its viewers as with a live one, with `progress` beside them; annotations, exports, report and erasure are those of any session. A damaged file that crashes the decoder fails and harms no other session.\n',
    "The file lies below the data folder (`recordings/`, mode 0600; a temporary folder with `--no-store` or a database) until it was analysed, cancelled, failed or expired (`recordings.expire_minutes`), and is deleted then. After a restart of the server nothing is left of it: upload it again. In an installation of several processes, all requests for a recording must reach the process that took it; where that can't be arranged, set `recordings.enabled: false`.\n",
    '    size=$(stat -c %s interview.mp4)',
    '    at=$(curl -s -D- -o /dev/null -d "{\\"name\\":\\"interview.mp4\\",\\"size\\":$size}" http://127.0.0.1:8080/api/recordings | tr -d \'\\r\' | sed -n \'s/^location: //ip\')',
    `    curl -X PATCH -H 'Content-Type: ${recordings.UPLOAD_TYPE}' -H 'Upload-Offset: 0' --data-binary @interview.mp4 http://127.0.0.1:8080$at`,
    '    curl http://127.0.0.1:8080$at\n',
    '## Announcement\n',
    fields(recordings.newRecordingSchema),
    '',
    '## A recording\n',
    fields(recordings.recordingSchema),
    '',
  ].join('\n');
}

function settings() {
  const shape = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' });
  const defaults = configSchema.parse({});
  const machine = new Set(['server.max_sessions', 'media.processes', 'vision.workers']);
  const parts = [
    '# Settings\n',
    'Made from `src/config/schema.ts` by `node scripts/docs/write-reference.js`; edit there.\n',
    'A YAML file (`--config file.yaml`), the environment and flags are read in that order; the last wins. The environment variable is `MELLM_` and the path in capitals: `server.port` is `MELLM_SERVER_PORT`. An unknown key is an error that names the nearest one. `mellm-live serve --print-config` shows what is in force.\n',
  ];
  for (const [section, node] of Object.entries(shape.properties)) {
    parts.push(
      `## ${section}\n`,
      table(
        ['setting', 'default', 'meaning'],
        Object.entries(node.properties).map(([key, field]) => {
          const value = defaults[section][key];
          const shown = machine.has(`${section}.${key}`)
            ? 'by the number of cores'
            : value === undefined
              ? 'not set'
              : `\`${JSON.stringify(value)}\``;
          return [
            `\`${section}.${key}\``,
            shown,
            [field.description, field.enum ? `one of ${field.enum.join(', ')}` : ''].filter(Boolean).join('; '),
          ];
        }),
      ),
      '',
    );
  }
  return parts.join('\n');
}

function metrics() {
  const all = new Metrics();
  const list = all.list();
  all.close();
  return [
    '# Metrics\n',
    'Made from `src/telemetry/metrics.ts` by `node scripts/docs/write-reference.js`; edit there.\n',
    "`GET /metrics` tells them in Prometheus' text format, or in OpenMetrics when asked, together with Node's own (`process_*`, `nodejs_*`). Names and labels are stable. Dashboards and alarms that use them: [operate.md](operate.md#watch-it).\n",
    table(
      ['metric', 'type', 'labels', 'meaning'],
      list.map(({ name, type, labels, help }) => [`\`${name}\``, type, labels.map((label) => `\`${label}\``).join(', '), help]),
    ),
    '',
  ].join('\n');
}

let stale = false;
for (const [file, text] of [
  ['docs/events.md', events()],
  ['docs/uploads.md', uploads()],
  ['docs/metrics.md', metrics()],
  ['docs/settings.md', settings()],
]) {
  const path = new URL(`../../${file}`, import.meta.url);
  let old = '';
  try {
    old = readFileSync(path, 'utf8');
  } catch {
    /* not written yet */
  }
  if (old === text) continue;
  if (process.argv.includes('--check')) {
    stale = true;
    console.error(`${file} is stale: run node scripts/docs/write-reference.js`);
  } else writeFileSync(path, text);
}
if (stale) process.exit(1);
