import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts } from '../../lab/bench/free-port.js';

/** A real server of the Open Inference Protocol with the committed MEFlowNet. */
export interface RealServer {
  readonly url: string;
  /** As a crash would: no goodbye. */
  kill(): Promise<void>;
  /** Starts it again on the same port, and waits until it answers. */
  start(): Promise<void>;
  /** Ends it and clears up. */
  close(): Promise<void>;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ONNX = join(ROOT, 'models/meflownet/meflownet.onnx');

const works = (command: string, args: readonly string[]): boolean =>
  spawnSync(command, args, { stdio: 'ignore', timeout: 60_000 }).status === 0;

/** MLServer's command: pip install -r deploy/mlserver/requirements.txt; MELLM_MLSERVER may name it, else it is looked for in the PATH. */
const mlserver = process.env['MELLM_MLSERVER'] ?? 'mlserver';
export const hasMlserver = works(mlserver, ['--version']);

/** A Python that has Triton: pip install nvidia-pytriton onnxruntime, in a Python with a shared library (libpython3.x.so) as Debian's has one; MELLM_PYTRITON_PYTHON names it. */
const pytriton = process.env['MELLM_PYTRITON_PYTHON'];
export const hasPytriton = pytriton !== undefined && works(pytriton, ['-c', 'import pytriton, onnxruntime']);

export async function startMlserver(): Promise<RealServer> {
  const folder = mkdtempSync(join(tmpdir(), 'mellm-mlserver-'));
  cpSync(join(ROOT, 'deploy/mlserver'), folder, { recursive: true });
  const [http, grpc, metrics] = await freePorts(3);
  edit(join(folder, 'settings.json'), { host: '127.0.0.1', http_port: http, grpc_port: grpc, metrics_port: metrics });
  edit(join(folder, 'model-settings.json'), { parameters: { uri: ONNX, extra: { threads: 1 } } });
  return real(`http://127.0.0.1:${String(http)}`, folder, () =>
    spawn(mlserver, ['start', folder], { cwd: folder, stdio: 'ignore', detached: true }),
  );
}

export async function startTriton(): Promise<RealServer> {
  const folder = mkdtempSync(join(tmpdir(), 'mellm-triton-'));
  const ports = (await freePorts(3)).map(String);
  const script = fileURLToPath(new URL('triton_server.py', import.meta.url));
  return real(`http://127.0.0.1:${ports[0] ?? ''}`, folder, () =>
    spawn(pytriton ?? '', [script, ONNX, ...ports], { cwd: folder, stdio: 'ignore', detached: true }),
  );
}

async function real(url: string, folder: string, launch: () => ChildProcess): Promise<RealServer> {
  let child: ChildProcess | undefined;
  const server: RealServer = {
    url,
    async kill() {
      const ended = child;
      child = undefined;
      if (!ended?.pid || ended.exitCode !== null) return;
      const gone = new Promise((resolve) => ended.once('exit', resolve));
      // With the children that it may have: it leads a process group of its own.
      process.kill(-ended.pid, 'SIGKILL');
      await gone;
    },
    async start() {
      child = launch();
      const end = performance.now() + 90_000;
      while (!(await answers(`${url}/v2/models/meflownet/ready`))) {
        if (child.exitCode !== null || performance.now() > end) throw new Error('the server did not start');
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
    },
    async close() {
      await server.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await server.start();
  } catch (error) {
    await server.close();
    throw error;
  }
  return server;
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

function edit(file: string, values: object): void {
  writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, 'utf8')) as object), ...values }));
}
