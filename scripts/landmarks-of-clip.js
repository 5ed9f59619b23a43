#!/usr/bin/env node
/**
 * Writes the 468 landmarks that the tracker reads in every frame of a clip, for `training/meinject`.
 *
 *     npm run build && node scripts/landmarks-of-clip.js OUT_FOLDER CLIP...
 *
 * `OUT_FOLDER/<clip>.f32`: little-endian float32, one row of 2 + 2·468 a frame: frame index, media seconds, x0, y0, x1, y1, …
 * in pixels of the clip, NaN where no face was found. Of several faces the largest is taken.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { FaceTracker, loadFaceModels } from '../dist/face/mod.js';
import { prepareModels } from '../dist/inference/mod.js';
import { FileReader } from '../dist/ingest/file/file-reader.js';
import { VideoFile } from '../dist/ingest/file/video-file.js';

const ROW = 2 + 2 * 468;
const [folder, ...clips] = process.argv.slice(2);
if (folder === undefined || clips.length === 0) {
  console.error('Say where to write and which clips to read: landmarks-of-clip.js OUT_FOLDER CLIP...');
  process.exit(2);
}

mkdirSync(folder, { recursive: true });
const models = loadFaceModels(await prepareModels({}));
for (const clip of clips) {
  const rows = rowsOf(clip);
  const out = join(folder, `${basename(clip)}.f32`);
  writeFileSync(out, Buffer.concat(rows.map((row) => Buffer.from(row.buffer))));
  const found = rows.filter((row) => !Number.isNaN(row[2])).length;
  console.log(`${basename(clip)}: a face in ${found} of ${rows.length} frames -> ${out}`);
}
models.close();

function rowsOf(clip) {
  const tracker = new FaceTracker(models);
  const rows = [];
  const nothing = () => { /* of no interest here */ };
  const frame = (picture) => {
    const row = new Float32Array(ROW).fill(NaN);
    row[0] = picture.index;
    row[1] = picture.t;
    const area = ({ box }) => box[2] * box[3];
    const [face] = tracker.update(picture).toSorted((a, b) => area(b) - area(a));
    if (face !== undefined) row.set(face.landmarks, 2);
    rows.push(row);
  };
  const file = VideoFile.open(clip, { maxWidth: 4096, maxHeight: 4096 });
  new FileReader(file, undefined, { credit: () => true, frame, format: nothing, counters: nothing, health: nothing, gap: nothing, fault: nothing, end: nothing }).run();
  return rows;
}
