#!/usr/bin/env node
// Analyses recordings again and again, on different numbers of vision threads, and compares what was found, bit for bit; how long things
// took is left out.    node scripts/test/check-determinism.js [--runs 100] [--threads 1,2,8] CLIP...
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const bin = fileURLToPath(new URL('../../bin/mellm-live.js', import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: '100' }, threads: { type: 'string', default: '1,2,8' } },
});

function result(clip, threads) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, 'analyze', clip], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, MELLM_VISION_WORKERS: threads },
  });
  if (status !== 0) throw new Error(`${clip} on ${threads} threads: exit ${status}: ${stderr.trim().split('\n').at(-1)}`);
  for (const warning of stderr.match(/^warning: .*$/gm) ?? []) process.stderr.write(`${basename(clip)}: ${warning}\n`);
  // Annotations are written as they close; which of two closes first is a matter of time.
  const lines = stdout
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.stringify({ ...JSON.parse(line), latency_ms: undefined }))
    .sort();
  return { hash: createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 12), count: lines.length };
}

let differ = false;
for (const clip of positionals) {
  const outcomes = new Map();
  for (const threads of values.threads.split(',')) {
    for (let run = 0; run < Number(values.runs); run++) {
      const { hash, count } = result(clip, threads);
      const name = `${hash} (${count} annotations)`;
      outcomes.set(name, (outcomes.get(name) ?? 0) + 1);
    }
  }
  differ ||= outcomes.size !== 1;
  process.stdout.write(`${basename(clip)}: ${[...outcomes].map(([name, times]) => `${times} × ${name}`).join(', ')}\n`);
}
process.exit(positionals.length === 0 ? 2 : differ ? 1 : 0);
