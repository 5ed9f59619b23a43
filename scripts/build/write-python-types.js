// Writes clients/python/src/mellm_live/types.py from the schemas of /openapi.json and /asyncapi.json. `--check` fails where it is stale.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import * as events from '../../dist/src/events/mod.js';
import { IMAGE_NAMES } from '../../dist/src/events/session-record.js';
import { componentSchemas, eventSchemas } from '../../dist/src/server/description/components.js';

const FILE = new URL('../../clients/python/src/mellm_live/types.py', import.meta.url);
/** Python's keywords that could name a field. */
const KEYWORDS = new Set([
  'from',
  'class',
  'import',
  'in',
  'is',
  'not',
  'pass',
  'def',
  'global',
  'with',
  'yield',
  'async',
  'await',
  'None',
]);

/** Names that a field's own would not make clear. */
const NAMES = { au: 'ActionUnit', roi: 'RegionMotion', latency_ms: 'Latency', annotations: 'AnnotationCounts' };

const pascal = (name) => name.replaceAll(/(?:^|[._])(\w)/g, (_match, letter) => letter.toUpperCase());
const eventName = (type) => `${pascal(type)}Event`;
const literal = (value) => (value === null ? 'None' : typeof value === 'string' ? JSON.stringify(value) : String(value));

/** Classes by name, in the order in which they can be defined. */
const classes = new Map();
const aliases = [];
/** Names of nested objects by what they look like: the same object in several events is one class. */
const named = new Map();

/** The Python type of a schema. @param hint names the class if it is an object, @param owner the class that it is in */
function typeOf(schema, hint, owner) {
  if (schema.$ref !== undefined) return schema.$ref.split('/').at(-1);
  if (schema.const !== undefined) return `Literal[${literal(schema.const)}]`;
  if (schema.enum) return `Literal[${schema.enum.map(literal).join(', ')}]`;
  if (schema.anyOf ?? schema.oneOf) return union((schema.anyOf ?? schema.oneOf).map((one) => typeOf(one, hint, owner)));
  if (Array.isArray(schema.type)) return union(schema.type.map((type) => typeOf({ ...schema, type }, hint, owner)));
  switch (schema.type) {
    case 'string':
      return 'str';
    case 'integer':
      return 'int';
    case 'number':
      return 'float';
    case 'boolean':
      return 'bool';
    case 'null':
      return 'None';
    case 'array':
      // JSON has no tuples: a list with the union of what is in it.
      return `list[${schema.prefixItems ? union(schema.prefixItems.map((one) => typeOf(one, hint, owner))) : typeOf(schema.items ?? {}, singular(hint), owner)}]`;
    case 'object':
      if (schema.properties) return nested(schema, hint, owner);
      return `dict[str, ${typeOf(schema.additionalProperties || {}, hint, owner)}]`;
    default:
      return 'Any';
  }
}

const union = (types) => [...new Set(types)].join(' | ');
const singular = (name) => (/[^s]s$/.test(name) ? name.slice(0, -1) : name);

function nested(schema, hint, owner) {
  const shape = JSON.stringify(schema);
  const known = named.get(shape);
  if (known !== undefined) return known;
  const own = NAMES[hint] ?? pascal(hint);
  const name = [own, `${owner}${own}`].find((one) => !classes.has(one) && !RESERVED.has(one));
  if (name === undefined) throw new Error(`no name is free for ${hint} of ${owner}`);
  named.set(shape, name);
  define(name, schema);
  return name;
}

/** Adds the class of an object: what must be there in a base class, so that it can be written for Python 3.10. */
function define(name, schema) {
  const required = new Set(schema.required ?? []);
  if (Object.keys(schema.properties).some((field) => KEYWORDS.has(field))) {
    classes.set(name, byCall(name, schema, required));
    return;
  }
  const fields = Object.entries(schema.properties).map(([field, value]) => {
    const comment = value.description === undefined ? '' : `    # ${value.description.replaceAll('\n', ' ')}\n`;
    return [field, `${comment}    ${field}: ${typeOf(value, field, name)}\n`];
  });
  const [always, sometimes] = [true, false].map((must) =>
    fields
      .filter(([field]) => required.has(field) === must)
      .map(([, text]) => text)
      .join(''),
  );
  const about = schema.description === undefined ? '' : `    """${schema.description}"""\n\n`;
  if (sometimes === '') classes.set(name, `class ${name}(TypedDict):\n${about}${always}`);
  else if (always === '') classes.set(name, `class ${name}(TypedDict, total=False):\n${about}${sometimes}`);
  else
    classes.set(
      name,
      `class _${name}(TypedDict):\n${always}\n\nclass ${name}(_${name}, total=False):\n${about || '    # Fields that may be absent.\n'}${sometimes}`,
    );
}

/** A class with a field that no class can have, since a keyword names it. */
function byCall(name, { properties }, required) {
  const missing = Object.keys(properties).filter((field) => !required.has(field));
  if (missing.length > 0) throw new Error(`${name}: ${missing.join(', ')} may be absent, which is not provided for beside a keyword`);
  const fields = Object.entries(properties).map(([field, value]) => `    "${field}": ${JSON.stringify(typeOf(value, field, name))},\n`);
  return `${name} = TypedDict("${name}", {\n${fields.join('')}})\n`;
}

const components = componentSchemas();
const byType = Object.fromEntries(Object.entries(eventSchemas()).filter(([type]) => type !== 'Annotation'));
const RESERVED = new Set([...Object.keys(components), ...Object.keys(byType).map(eventName), 'Event', 'DurableEvent', 'EphemeralEvent']);

for (const [name, schema] of Object.entries(components)) {
  if (schema.type === 'object') define(name, schema);
  else aliases.push([name, typeOf(schema, name, name)]);
}
for (const [type, schema] of Object.entries(byType)) define(eventName(type), schema);
const types = (union) => union.options.map((option) => eventName(option.shape.type.value));
const all = (name, members) => `${name} = Union[\n${members.map((member) => `    ${member},\n`).join('')}]\n`;

const text = `# Generated from the server's schemas by \`node scripts/build/write-python-types.js\`: edit src/events instead.
# fmt: off
"""What the server sends and takes, as TypedDicts: the same schemas as in /openapi.json and /asyncapi.json."""

from __future__ import annotations

from typing import ${/\bAny\b/.test([...classes.values()].join()) ? 'Any, ' : ''}Literal, TypedDict, Union

${[...classes.values()].join('\n\n')}

${aliases.map(([name, type]) => `${name} = ${type}\n`).join('')}
${all('DurableEvent', types(events.durableEventSchema))}
${all('EphemeralEvent', types(events.ephemeralEventSchema))}
Event = Union[DurableEvent, EphemeralEvent]

ImageName = Literal[${IMAGE_NAMES.map(literal).join(', ')}]
ExportFormat = Literal[${Object.keys(events.EXPORT_FORMATS).map(literal).join(', ')}]
UPLOAD_TYPE = ${JSON.stringify(events.UPLOAD_TYPE)}
SUBPROTOCOL = ${JSON.stringify(events.SUBPROTOCOL)}
`;

if (!process.argv.includes('--check')) writeFileSync(FILE, text);
else if (!existsSync(FILE) || readFileSync(FILE, 'utf8') !== text) {
  process.stderr.write('clients/python/src/mellm_live/types.py is stale: run node scripts/build/write-python-types.js\n');
  process.exitCode = 1;
}
