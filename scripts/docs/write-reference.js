// Writes docs/api.md, docs/events.md, docs/uploads.md, docs/metrics.md and docs/settings.md from what the server itself uses. `--check` fails where they are stale.
import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import * as schema from '../../dist/src/events/schema.js';
import * as recordings from '../../dist/src/events/recording-schema.js';
import { configSchema } from '../../dist/src/config/schema.js';
import { openApi } from '../../dist/src/server/description/openapi.js';
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
    'Generated from `src/events/schema.ts` by `node scripts/docs/write-reference.js`; edit there.\n',
    `\`GET /ws?session={id}\` with the subprotocol \`${schema.SUBPROTOCOL}\` sends these as JSON text messages. Durable events carry \`seq\`, per session and gapless; reconnect with \`?since={seq}\` to miss none. \`track\`, \`signal\`, \`stats\` and \`progress\` carry none and are dropped first when a viewer is slow.\n`,
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
    'Generated from `src/events/recording-schema.ts` by `node scripts/docs/write-reference.js`; edit there.\n',
    'A recording is uploaded in chunks, similar to tus 1.0, and analysed by the same code as `mellm-live analyze`: every frame, as fast as possible, with the same result. All requests need the grant `publish`; a recording is accessible to the token that announced it (without tokens: to everyone) and to `admin`.\n',
    table(
      ['request', 'does'],
      [
        [
          '`POST /api/recordings`',
          'announces a recording; 201 with `Location` and the recording. 413 above `recordings.max_bytes`, 429 above `recordings.per_token` or `per_address`, 503 above `recordings.waiting`, 507 if the disk or `recordings.quota_bytes` has no space',
        ],
        ['`HEAD /api/recordings/{id}`', '`Upload-Offset`: bytes received. A request that is still writing is ended'],
        [
          '`PATCH /api/recordings/{id}`',
          `appends the body (\`${recordings.UPLOAD_TYPE}\`) at \`Upload-Offset\`; 204 with the new offset. 409 on a wrong offset, with the right one; 413 beyond the announced size; 422 if the SHA-256 differs. Data received before a connection broke is preserved. A request may take \`limits.request_timeout_ms\`, so send chunks`,
        ],
        ['`GET /api/recordings/{id}`', 'the recording, as below'],
        ['`DELETE /api/recordings/{id}`', 'cancels and deletes it, and its findings if its analysis is not complete'],
      ],
    ),
    '',
    'Once complete, a recording waits for those before it: one is analysed at a time, in a separate process with low priority, beside live sessions and outside `server.max_sessions`. It is a session with the same id: its viewers receive events as for a live one, plus `progress`; annotations, exports, report and erasure work as for any session. A damaged file that crashes the decoder fails without affecting other sessions.\n',
    "The file is stored below the data folder (`recordings/`, mode 0600; a temporary folder with `--no-store` or a database) and deleted once it is analysed, cancelled, failed or expired (`recordings.expire_minutes`). It does not survive a restart of the server: upload it again. In an installation of several processes, all requests for a recording must reach the process that accepted it; if that can't be arranged, set `recordings.enabled: false`.\n",
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
    'Generated from `src/config/schema.ts` by `node scripts/docs/write-reference.js`; edit there.\n',
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
    'Generated from `src/telemetry/metric-table.ts` by `node scripts/docs/write-reference.js`; edit there.\n',
    "`GET /metrics` returns them in Prometheus' text format, or in OpenMetrics on request, together with Node's own (`process_*`, `nodejs_*`). Names and labels are stable. Dashboards and alarms that use them: [operate.md](operate.md#watch-it).\n",
    table(
      ['metric', 'type', 'labels', 'meaning'],
      list.map(({ name, type, labels, help }) => [`\`${name}\``, type, labels.map((label) => `\`${label}\``).join(', '), help]),
    ),
    '',
  ].join('\n');
}

/** One line of a table for each status or parameter of an operation. */
function operation(path, method, { summary, description, parameters = [], requestBody, responses }) {
  const types = (content = {}) =>
    Object.entries(content)
      .map(
        ([type, { schema }]) =>
          `\`${type}\`${schema?.$ref ? ` ([${schema.$ref.split('/').pop()}](#${schema.$ref.split('/').pop().toLowerCase()}))` : ''}`,
      )
      .join(', ');
  const lines = [
    ...parameters.map((one) => [
      '',
      `\`${one.name}\` (${one.in}${one.required ? '' : ', optional'})`,
      `${typeOf(one.schema)}; ${one.description}`,
    ]),
    ...(requestBody ? [['', 'body', `${requestBody.description}: ${types(requestBody.content)}`]] : []),
    ...Object.entries(responses)
      .filter(([, answer]) => !answer.$ref)
      .map(([status, answer]) => ['', status, [answer.description, types(answer.content)].filter(Boolean).join(': ')]),
  ].map(([, name, text]) => [name, text]);
  const problems = Object.entries(responses).flatMap(([status, answer]) => (answer.$ref ? [status] : []));
  return [
    `### \`${method.toUpperCase()} ${path}\`\n`,
    `${summary}. ${description ?? ''}`.trim() + '\n',
    table(['', ''], lines),
    '',
    `Refusals: ${problems.join(', ')}.\n`,
  ].join('\n');
}

function api() {
  const { tags, paths, webhooks, components } = openApi({ version: '' });
  const of = (tag) =>
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, one]) => (one.tags.includes(tag) ? [operation(path, method, one)] : [])),
    );
  return [
    '# HTTP API\n',
    'Generated from `src/server/description/operations.ts` and the schemas in `src/events` by `node scripts/docs/write-reference.js`; edit there.\n',
    'A running server returns the same as `/openapi.json` (OpenAPI 3.1), and the events of its WebSocket as `/asyncapi.json` (AsyncAPI 3, [events.md](events.md)); both need no token. Feed them to a generator of clients, or use the JavaScript client ([javascript.md](javascript.md)). Where tokens are set up, send `Authorization: Bearer …` ([secure.md](secure.md)). Every error is an `application/problem+json` ([Problem](#problem)). A later version may add fields: ignore those that you do not know.\n',
    ...tags.flatMap(({ name }) => [`## ${name}\n`, ...of(name)]),
    '## Webhooks\n',
    'Sent to the receivers in `webhooks.targets` ([webhooks.md](webhooks.md)); the bodies are events ([events.md](events.md)).\n',
    `${Object.keys(webhooks)
      .map((type) => `\`${type}\``)
      .join(', ')}\n`,
    '## Schemas\n',
    ...Object.entries(components.schemas).flatMap(([name, shape]) => {
      if (name in webhooks) return [];
      if (name === 'Annotation') return [`### ${name}\n`, 'See [events.md](events.md#an-annotation).\n'];
      if (name.endsWith('List') && shape.type === 'array') return [`### ${name}\n`, 'A list.\n'];
      return [`### ${name}\n`, table(['field', 'type', '', 'meaning'], rows(shape)), ''];
    }),
  ].join('\n');
}

let stale = false;
for (const [file, text] of [
  ['docs/api.md', api()],
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
