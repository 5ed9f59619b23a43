import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** Inputs of one target, one a line in base64; what stands behind a `#` says what it broke. */
const file = (kind: 'corpus' | 'crashers', target: string): URL => new URL(`./${kind}/${target}.txt`, import.meta.url);

export function readInputs(kind: 'corpus' | 'crashers', target: string): Uint8Array[] {
  const path = file(kind, target);
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .map((line) => (line.split('#')[0] ?? '').trim())
    .filter((line) => line !== '')
    .map((line) => Uint8Array.from(Buffer.from(line, 'base64')));
}

export function writeCorpus(target: string, inputs: readonly Uint8Array[]): void {
  const lines = inputs
    .map((input) => Buffer.from(input).toString('base64'))
    .filter((line) => line !== '')
    .sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  writeFileSync(file('corpus', target), `${lines.join('\n')}\n`);
}

export function addCrasher(target: string, input: Uint8Array, why: string): void {
  const path = file('crashers', target);
  const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const line = Buffer.from(input).toString('base64');
  if (!before.includes(`${line} #`)) writeFileSync(path, `${before}${line} # ${why.replaceAll(/\s+/g, ' ').slice(0, 160)}\n`);
}
