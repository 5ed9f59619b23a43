import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { packageFile } from '../../../src/common/package-file.js';
import { pause } from '../clock.js';
import { quantile, round } from '../statistics.js';
import { serve } from '../live.js';
import { ReplayPublisher } from '../replay-publisher.js';
import type { BenchOptions, BenchResult } from '../result.js';
import { sampleClip } from '../sample.js';
import { usageOf } from './process-tree.js';

const SETTLE_SECONDS = 8;
const MEASURED_SECONDS = 20;
const ROUNDS = 3;

interface Stack {
  readonly name: string;
  readonly start: () => Promise<{ readonly url: string; readonly process: ChildProcess; stop(): Promise<void> }>;
}

/**
 * Ours beside the Python stack (`lab/bench/peers/python`), in turns, on one replayed stream: CPU of all processes of each, and memory.
 * Needs Linux, and Python with the packages of requirements.txt (`MELLM_PEER_PYTHON` names the interpreter, default python3).
 */
export async function benchPeer({ sessions = 1 }: BenchOptions): Promise<BenchResult> {
  const python = (level: string): Stack => ({ name: `Python, ${level}`, start: () => startPython(level) });
  const stacks: readonly Stack[] = [{ name: 'mellm-live', start: () => serve() }, python('flow'), python('landmarks'), python('decode')];
  const cores = new Map<string, number[]>(stacks.map(({ name }) => [name, []]));
  const memory = new Map<string, number[]>(stacks.map(({ name }) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const { name, start } of stacks) {
      const usage = await measure(start, sessions);
      cores.get(name)?.push(usage.cores / sessions);
      memory.get(name)?.push(usage.pssMiB);
    }
  }
  await ReplayPublisher.cleanup();
  const median = (values: readonly number[] = []): number => quantile(values, 0.5);
  const results: Record<string, number | string> = { sessions, rounds: ROUNDS };
  for (const { name } of stacks) {
    const used = cores.get(name) ?? [];
    results[`${name}: cores per session`] =
      `${String(round(median(used), 3))} (${String(round(Math.min(...used), 3))}–${String(round(Math.max(...used), 3))})`;
    results[`${name}: memory, MiB (PSS)`] = Math.round(median(memory.get(name)));
  }
  // Round by round: what slows the machine down slows both.
  const ratios = (cores.get('mellm-live') ?? []).map((used, i) => used / (cores.get('Python, flow')?.[i] ?? NaN));
  results['CPU, to Python with flow'] =
    `${String(round(median(ratios), 2))} (${String(round(Math.min(...ratios), 2))}–${String(round(Math.max(...ratios), 2))})`;
  return { name: 'peer', results };
}

async function measure(start: Stack['start'], sessions: number): Promise<{ readonly cores: number; readonly pssMiB: number }> {
  const server = await start();
  const publishers: ReplayPublisher[] = [];
  try {
    for (let i = 0; i < sessions; i++)
      publishers.push(await ReplayPublisher.start({ server: server.url, file: sampleClip(), name: `peer-${i}` }));
    await pause(SETTLE_SECONDS * 1000);
    const pid = server.process.pid ?? 0;
    const before = usageOf(pid);
    const began = performance.now();
    await pause(MEASURED_SECONDS * 1000);
    const after = usageOf(pid);
    return { cores: ((after.cpuSeconds - before.cpuSeconds) * 1000) / (performance.now() - began), pssMiB: after.pssMiB };
  } finally {
    await Promise.all(publishers.map((publisher) => publisher.close()));
    await server.stop();
  }
}

async function startPython(level: string): ReturnType<Stack['start']> {
  const program = process.env['MELLM_PEER_PYTHON'] ?? 'python3';
  const child = spawn(program, [packageFile('lab/bench/peers/python/peer.py'), level], { stdio: ['ignore', 'pipe', 'ignore'] });
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('error', reject);
    child.once('exit', (code) => {
      reject(
        new Error(
          `the Python peer ended with ${String(code)}; install lab/bench/peers/python/requirements.txt and name its interpreter in MELLM_PEER_PYTHON`,
        ),
      );
    });
  });
  return {
    url,
    process: child,
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    },
  };
}
