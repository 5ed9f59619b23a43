import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { startTracing } from './tracing.js';

let server: Server | undefined;
afterEach(() => {
  vi.unstubAllEnvs();
  server?.closeAllConnections();
  server?.close();
});

async function receiver(status: number): Promise<{ url: string; paths: string[] }> {
  const paths: string[] = [];
  server = createServer((request, response) => {
    request.resume().on('end', () => {
      paths.push(request.url ?? '');
      response.writeHead(status).end('{}');
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, paths };
}

it.each([
  ['the setting', (url: string) => ({ endpoint: `${url}/` })],
  ['the standard variable', (url: string) => ({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: url } })],
  ['the standard variable for traces', (url: string) => ({ env: { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${url}/v1/traces` } })],
])('sends to where %s points', async (_what, options) => {
  const { url, paths } = await receiver(200);
  const problems: Error[] = [];
  const tracing = await startTracing({ env: {}, version: '1', onProblem: (error) => problems.push(error), ...options(url) });
  const trace = tracing!.alert(Date.now() - 100, { 'mellm.session': 's1' });
  await expect(trace.step('flow', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  trace.close();
  trace.close();
  await tracing!.close();
  expect(paths).toEqual(['/v1/traces']);
  expect(problems).toEqual([]);
});

it('sends through the proxy of the environment', async () => {
  const { url, paths } = await receiver(200);
  vi.stubEnv('HTTP_PROXY', url);
  vi.stubEnv('NO_PROXY', '');
  const problems: Error[] = [];
  const tracing = await startTracing({
    endpoint: 'http://collector.example:4318',
    env: {},
    version: '1',
    onProblem: (error) => problems.push(error),
  });
  tracing!.alert(Date.now(), {}).close();
  await tracing!.close();
  expect(paths).toEqual(['http://collector.example:4318/v1/traces']);
  expect(problems).toEqual([]);
});

it('says that the proxy can not be used, and harms nothing', async () => {
  vi.stubEnv('HTTP_PROXY', 'socks5://10.0.0.1');
  vi.stubEnv('NO_PROXY', '');
  const problems: Error[] = [];
  const tracing = await startTracing({
    endpoint: 'http://collector.example:4318',
    env: {},
    version: '1',
    onProblem: (error) => problems.push(error),
  });
  tracing!.alert(Date.now(), {}).close();
  await tracing!.close();
  expect(problems.map(String).join()).toMatch(/not an http:\/\/ or https:\/\/ URL/);
});

it('says once that a receiver refuses, and harms nothing', async () => {
  const { url } = await receiver(400);
  const problems: Error[] = [];
  const tracing = await startTracing({ endpoint: url, env: {}, version: '1', onProblem: (error) => problems.push(error) });
  for (let i = 0; i < 600; i++) tracing!.alert(Date.now(), {}).close();
  await tracing!.close();
  expect(problems).toHaveLength(1);
});

it('is off where no endpoint is named', async () => {
  expect(await startTracing({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: '' }, version: '1', onProblem: () => undefined })).toBeUndefined();
});
