import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exportAnnotations, type Annotation, type Recording } from '../../src/events/mod.js';

/** What two programs that others wrote, pympi and speach, read of our ELAN files; also after the folder was moved. */

const python = fileURLToPath(new URL('../../.cache/venv/bin/python', import.meta.url));
const script = fileURLToPath(new URL('./read_eaf.py', import.meta.url));
const hasReaders = existsSync(python) && spawnSync(python, ['-c', 'import pympi, speach'], { stdio: 'ignore' }).status === 0;
if (!hasReaders) console.warn('pympi and speach are not in .cache/venv (pip install -r tests/annotations/requirements.txt): not tested');

let folder = '';
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'mellm-elan-')));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

interface Read {
  readonly pympi: {
    readonly media: readonly Record<string, string>[];
    readonly properties: Record<string, string>;
    readonly tiers: Record<string, [number, number, string][]>;
    readonly vocabularies: Record<string, string[]>;
  };
  readonly speach: {
    readonly media: string;
    readonly relative: string;
    readonly path: string;
    readonly tiers: Record<string, [number, number, string][]>;
    readonly vocabularies: Record<string, number>;
  };
}
const read = (path: string): Read => JSON.parse(execFileSync(python, [script, path], { encoding: 'utf8' })) as Read;

const annotation: Annotation = {
  id: 'r-1',
  session: 'r',
  face: 'f1',
  kind: 'micro',
  onset: 1,
  apex: 1.1,
  offset: 1.3,
  score: 0.7,
  aus: [
    { au: 'AU1', side: 'both', confidence: 0.9 },
    { au: 'AU12', side: 'left', confidence: 0.8 },
  ],
  emotion: { label: 'positive', probabilities: { negative: 0, positive: 1, surprise: 0, other: 0 } },
  rois: [],
  text: '### Summary\n* **Mouth**',
  source: { flow: null, mellm: null },
  latency_ms: { spot: null, flow: null, mellm: null },
};

describe.skipIf(!hasReaders)('an ELAN file', () => {
  it('says the same to pympi and speach, in times of the recording', () => {
    const name = 'Größe 100 % & #3.mp4';
    mkdirSync(join(folder, 'results'));
    writeFileSync(join(folder, name), '');
    const path = join(folder, 'results', 'a.eaf');
    const recording: Recording = { name, path: join(folder, name), relativePath: join('..', name), start: 1.523, frame: 0.02 };
    writeFileSync(path, exportAnnotations('eaf', [annotation], { recording }));
    const { pympi, speach } = read(path);
    expect(pympi.media).toEqual([{ MEDIA_URL: `file://${join(folder, name)}`, RELATIVE_MEDIA_URL: `../${name}`, MIME_TYPE: 'video/mp4' }]);
    expect(speach).toMatchObject({ media: `file://${join(folder, name)}`, relative: `../${name}` });
    const window = [2523, 2823];
    const tiers = {
      'f1 micro': [[...window, 'micro']],
      'f1 micro apex': [[2623, 2643, 'apex']],
      'f1 micro AUs': [
        [...window, '1'],
        [...window, 'L12'],
      ],
      'f1 micro score': [[...window, '0.700']],
      'f1 micro category': [[...window, 'positive']],
      'f1 micro text': [[...window, 'Summary\n• Mouth']],
    };
    expect(pympi.tiers).toEqual(tiers);
    expect(speach.tiers).toEqual(tiers);
    expect(pympi.vocabularies).toMatchObject({ kind: ['micro', 'macro'], category: ['negative', 'positive', 'surprise', 'other'] });
    expect(pympi.vocabularies['AU']).toEqual(expect.arrayContaining(['1', 'L12', 'R12']));
    expect(speach.vocabularies['AU']).toBe(pympi.vocabularies['AU']?.length);
  });

  it('finds its recording after the folder was moved', () => {
    const name = 'my interview.mp4';
    mkdirSync(join(folder, 'before'));
    writeFileSync(join(folder, 'before', name), '');
    writeFileSync(
      join(folder, 'before', 'a.eaf'),
      exportAnnotations('eaf', [annotation], { recording: { name, path: join(folder, 'before', name), relativePath: name } }),
    );
    renameSync(join(folder, 'before'), join(folder, 'after'));
    const { speach, pympi } = read(join(folder, 'after', 'a.eaf'));
    expect(realpathSync(speach.path)).toBe(join(folder, 'after', name));
    expect(existsSync(join(folder, 'after', pympi.media[0]?.['RELATIVE_MEDIA_URL'] ?? ''))).toBe(true);
  });
});
