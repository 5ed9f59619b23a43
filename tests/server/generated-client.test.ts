import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';
import ts from 'typescript';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { MellmServer } from '../../src/server/mod.js';
import { openStore } from '../../src/store/mod.js';
import { anAnnotation } from '../support/an-annotation.js';
import { startServer } from '../support/start-server.js';

/** What a user of generated types would write; it can be type-checked only once they are generated. */
const PROGRAM = readFileSync(new URL('generated-client.program.txt', import.meta.url), 'utf8');
const folder = fileURLToPath(new URL('../../.cache/generated-client', import.meta.url));
const program = join(folder, 'use-api.ts');

interface Program {
  readonly useApi: (server: string, session: string) => Promise<Record<string, unknown>>;
  readonly apexOf: (finding: object) => string;
}
const path = mkdtempSync(join(tmpdir(), 'mellm-generated-'));
let server: MellmServer;
beforeAll(async () => {
  const store = await openStore(path, { keepImages: true });
  store.begin({ id: 's1', name: 'Stored' });
  await store.append({ type: 'annotation.closed', session: 's1', seq: 1, t: 1, annotation: anAnnotation('s1-1') });
  store.addImage('s1', 's1-1', 'onset', new Uint8Array([137, 80, 78, 71]));
  await store.close();
  server = await startServer({ store: { enabled: true, path, keep_images: true } });
});
afterAll(async () => {
  await server.close();
  rmSync(path, { recursive: true, force: true });
});

/** The types of a client that openapi-typescript generates from what the server says of itself. */
async function generated(): Promise<string> {
  const answer = await fetch(`${server.url}/openapi.json`);
  return astToString(await openapiTS((await answer.json()) as never));
}

/** Faults of the program with these types. */
function faults(api: string): string[] {
  mkdirSync(folder, { recursive: true });
  writeFileSync(program, PROGRAM);
  writeFileSync(join(folder, 'api.d.ts'), api);
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: [],
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
  };
  return ts
    .getPreEmitDiagnostics(ts.createProgram([program], options))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

it('is typed by the description, and gets what that says', async () => {
  const api = await generated();
  expect(faults(api)).toEqual([]);
  // The check sees a field that is gone.
  expect(faults(api.replaceAll(/\bapex: number;/g, 'peak: number;')).join()).toContain('apex');
  const { useApi, apexOf } = (await import(program)) as Program;
  expect(await useApi(server.url, 's1')).toEqual({
    names: ['Stored'],
    micro: 1,
    images: ['onset'],
    image: 'image/png',
    csv: true,
    missing: 'not_found',
    refused: 404,
    expires: 30,
    ready: 'ready',
  });
  const annotation = anAnnotation('s1-1');
  expect(apexOf({ type: 'annotation.closed', session: 's1', seq: 1, t: 1, annotation })).toContain(String(annotation.apex));
});
