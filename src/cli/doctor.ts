import { createRequire } from 'node:module';
import { availableParallelism, totalmem } from 'node:os';
import type { Command } from 'commander';
import { loadConfig, type Config } from '../config/mod.js';
import { listModels, readFaceModels } from '../runtime/inference/mod.js';
import { decoders } from '../ingest/mod.js';
import { CliError } from './cli-error.js';

interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** What every installation can't do without. */
const NEEDED = new Set(['vp8', 'h264', 'onnxruntime', 'models']);

export function register(program: Command): void {
  program
    .command('doctor')
    .description('what runs here: decoders, ONNX Runtime providers, models, flow server, LLM endpoint')
    .option('--config <file>', 'YAML file of settings')
    .option('--json', 'one JSON object')
    .action(async (options: { config?: string; json?: boolean }) => {
      const config = loadConfig({ ...(options.config === undefined ? {} : { file: options.config }), env: process.env });
      const checks: Check[] = [
        {
          name: 'node',
          ok: true,
          detail: `${process.version} ${process.platform}-${process.arch}, ${String(availableParallelism())} cores, ${String(Math.round(totalmem() / 2 ** 30))} GiB`,
        },
        ...decodersHere(),
        ...(await providers()),
        ...(await models()),
        ...(await flowServer(config.flow)),
        ...(config.llm.url
          ? await Promise.all(config.llm.url.map((url) => endpoint(url, config.llm.key_file)))
          : [{ name: 'llm', ok: true, detail: 'no endpoint configured (llm.url)' }]),
      ];
      const broken = checks.filter((check) => !check.ok && NEEDED.has(check.name));
      if (options.json) process.stdout.write(`${JSON.stringify({ ok: broken.length === 0, checks })}\n`);
      else for (const { name, ok, detail } of checks) process.stdout.write(`${ok ? 'yes' : 'no '}  ${name.padEnd(14)} ${detail}\n`);
      if (broken.length > 0)
        throw new CliError(`required components do not work here: ${broken.map((check) => check.name).join(', ')}; see docs/install.md`);
    });
}

function decodersHere(): Check[] {
  try {
    return decoders().map(({ codec, decoder }) => ({
      name: codec,
      ok: decoder !== undefined,
      detail: decoder === undefined ? 'no decoder' : `decoder ${decoder}`,
    }));
  } catch (error) {
    return [{ name: 'h264', ok: false, detail: `cannot load node-av: ${(error as Error).message}` }];
  }
}

async function providers(): Promise<Check[]> {
  try {
    const ort = await import('onnxruntime-node');
    const version = (createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string }).version;
    const bundled = new Map(ort.listSupportedBackends().map((backend) => [backend.name, backend.bundled]));
    return [
      { name: 'onnxruntime', ok: true, detail: `version ${version}` },
      ...['cpu', 'cuda', 'webgpu'].map((name) => ({
        name,
        ok: bundled.get(name) === true,
        detail:
          bundled.get(name) === true
            ? 'provider is installed'
            : name === 'cuda'
              ? 'provider is not installed; docs/install.md shows the command that adds it'
              : 'provider is not in this build',
      })),
    ];
  } catch (error) {
    return [{ name: 'onnxruntime', ok: false, detail: (error as Error).message }];
  }
}

async function models(): Promise<Check[]> {
  try {
    readFaceModels();
  } catch (error) {
    return [{ name: 'models', ok: false, detail: (error as Error).message }];
  }
  return (await listModels()).map(({ name, sha256, state, source }) => ({
    name: 'model',
    ok: state === 'ready',
    detail: `${name} sha256 ${sha256 ?? '-'} (${state}; ${source})`,
  }));
}

async function flowServer({ server, server_model, server_version, server_key_file, server_timeout_ms }: Config['flow']): Promise<Check[]> {
  if (server === undefined) return [];
  const { checkFlowServer } = await import('../flow/served/check.js');
  try {
    return [
      {
        name: 'flow server',
        ok: true,
        detail: await checkFlowServer({
          url: server,
          model: server_model,
          version: server_version,
          keyFile: server_key_file,
          timeout: server_timeout_ms,
        }),
      },
    ];
  } catch (error) {
    return [{ name: 'flow server', ok: false, detail: (error as Error).message }];
  }
}

async function endpoint(url: string, keyFile: string | undefined): Promise<Check> {
  const { checkEndpoint } = await import('../llm/endpoint/check.js');
  try {
    return { name: 'llm', ok: true, detail: await checkEndpoint(url, keyFile) };
  } catch (error) {
    return { name: 'llm', ok: false, detail: (error as Error).message };
  }
}
