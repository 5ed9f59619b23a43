#!/usr/bin/env node
/**
 * Writes what the motion meter sees of each face of each video: VIDEO's name + `.FACE.signals` (layout: docs/evaluate.md), and
 * `.clip.json` with the clip's frame rate, length and faces. Videos that are there already, unchanged, are skipped.
 *
 *     npm run build:server && node scripts/data/spotting-signals.js OUT_DIR VIDEO...
 *
 * Videos of one name in several folders need a folder OUT_DIR each.
 */
import { basename, extname } from 'node:path';
import { measureClip, SignalsFolder } from '../../dist/lab/evaluation/mod.js';
import { loadFaceModels } from '../../dist/src/face/mod.js';

const [out, ...videos] = process.argv.slice(2);
if (out === undefined || videos.length === 0) {
  process.stderr.write('usage: node scripts/data/spotting-signals.js OUT_DIR VIDEO...\n');
  process.exit(2);
}
const folder = new SignalsFolder(out);
const models = loadFaceModels();
for (const [i, path] of videos.entries()) {
  const clip = basename(path, extname(path));
  const source = { kind: 'video', path };
  const started = performance.now();
  const known = await folder.load(clip, source);
  const measured = known ?? (await measureClip(models, source));
  if (!known) await folder.save(clip, source, measured);
  const faces = [...measured.faces].map(([face, samples]) => `${face}: ${samples.length}`).join(', ') || 'no face';
  const took = known ? 'was there' : `${((performance.now() - started) / 1000).toFixed(1)} s`;
  process.stdout.write(
    `${i + 1}/${videos.length} ${clip}: ${measured.frames} frames at ${measured.fps.toFixed(2)}/s, samples of ${faces} (${took})${measured.fault ? `; ${measured.fault}` : ''}\n`,
  );
}
models.close();
