import { spawn } from 'node:child_process';
import type { BenchResult } from './result.js';
import { binary, sampleClip } from './sample.js';

/** Speed of `analyze` on the sample, as a multiple of real time, whole process and after the start. */
export async function benchAnalyze(): Promise<BenchResult> {
  const began = performance.now();
  const child = spawn(process.execPath, [binary(), 'analyze', sampleClip(), '--out', '-'], { stdio: ['ignore', 'ignore', 'pipe'] });
  let report = '';
  child.stderr.on('data', (chunk: Buffer) => {
    report += chunk.toString();
  });
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  const wall = (performance.now() - began) / 1000;
  const [, frames, video, seconds] = /(\d+) frames, ([\d.]+) s of video in ([\d.]+) s/.exec(report) ?? [];
  if (code !== 0 || video === undefined) throw new Error(`analyze failed: ${report.trim()}`);
  return {
    name: 'analyze',
    results: {
      frames: Number(frames),
      'seconds of video': Number(video),
      '× real time': Number((Number(video) / Number(seconds)).toFixed(1)),
      '× real time, start of the process included': Number((Number(video) / wall).toFixed(1)),
    },
  };
}
