#!/usr/bin/env node
/**
 * Writes the 468 landmarks that the tracker reads in every frame of a clip, for `training/meinject`.
 *
 *     npm run build && node scripts/data/landmarks-of-clip.js OUT_FOLDER CLIP...
 *
 * `OUT_FOLDER/<clip>.f32`: little-endian float32, one row of 2 + 2·468 a frame: frame index, media seconds, x0, y0, x1, y1, …
 * in pixels of the clip, NaN where no face was found. Of several faces the largest is taken.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { loadFaceModels } from '../../dist/src/face/mod.js';
import { followLargestFace } from './faces/largest-face.js';

const ROW = 2 + 2 * 468;
const [folder, ...clips] = process.argv.slice(2);
if (folder === undefined || clips.length === 0) {
  console.error('Say where to write and which clips to read: landmarks-of-clip.js OUT_FOLDER CLIP...');
  process.exit(2);
}

mkdirSync(folder, { recursive: true });
const models = loadFaceModels();
for (const clip of clips) {
  const rows = rowsOf(clip);
  const out = join(folder, `${basename(clip)}.f32`);
  writeFileSync(out, Buffer.concat(rows.map((row) => Buffer.from(row.buffer))));
  const found = rows.filter((row) => !Number.isNaN(row[2])).length;
  console.log(`${basename(clip)}: a face in ${found} of ${rows.length} frames -> ${out}`);
}
models.close();

function rowsOf(clip) {
  const rows = [];
  followLargestFace(models, clip, (picture, face) => {
    const row = new Float32Array(ROW).fill(NaN);
    row[0] = picture.index;
    row[1] = picture.t;
    if (face !== undefined) row.set(face.landmarks, 2);
    rows.push(row);
  });
  return rows;
}
