#!/usr/bin/env node
/**
 * Writes the registered crops that the server makes of the largest face of a clip, for `training/meflow/real_faces.py`.
 *
 *     npm run build:server && node scripts/data/crops-of-clip.js OUT_FOLDER CLIP...
 *
 * `OUT_FOLDER/<clip>.u8`: luma of the reference crop, 224·224 bytes a face, row-major, rounded as the pipeline rounds it.
 * `OUT_FOLDER/<clip>.f32`: little-endian float32, one row of 6 + 2·468 for each of them: frame index, media seconds, number of the reference
 * (crops of one number are registered to one frame), residual of the registration (grey levels), distance of the outer eye corners (px of the
 * clip), quality score, then landmarks x0, y0, … in pixels of the crop. Frames without a face have no row. A clip written before is skipped.
 */
import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import { loadFaceModels, toCrop } from '../../dist/src/face/mod.js';
import { toBytes } from '../../dist/src/pipeline/common-reference.js';
import { followLargestFace } from './faces/largest-face.js';

const ABOUT = 6;
const [folder, ...clips] = process.argv.slice(2);
if (folder === undefined || clips.length === 0) {
  console.error('Say where to write and which clips to read: crops-of-clip.js OUT_FOLDER CLIP...');
  process.exit(2);
}

mkdirSync(folder, { recursive: true });
const models = loadFaceModels();
for (const clip of clips) {
  const table = join(folder, `${basename(clip)}.f32`);
  if (existsSync(table)) continue;
  const pictures = openSync(join(folder, `${basename(clip)}.u8`), 'w');
  const rows = [];
  followLargestFace(models, clip, (picture, face) => {
    if (face === undefined) return;
    writeSync(pictures, toBytes(face.crop));
    rows.push(rowOf(face));
  });
  closeSync(pictures);
  writeFileSync(`${table}.part`, Buffer.concat(rows.map((row) => Buffer.from(row.buffer))));
  renameSync(`${table}.part`, table);
  console.log(`${basename(clip)}: ${rows.length} crops -> ${table}`);
}
models.close();

function rowOf({ index, t, reference, residual, quality, landmarks, toFrame }) {
  const row = new Float32Array(ABOUT + landmarks.length);
  row.set([index, t, reference, residual, quality.eyeDistance, quality.score]);
  row.set(toCrop(landmarks, toFrame), ABOUT);
  return row;
}
