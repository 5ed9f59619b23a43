#!/usr/bin/env node
/**
 * Runs tracker, motion meter and spotter over clips and prints what they found, against the truth where a clip has one.
 *
 *     npm run build && node scripts/spotting-figures.js [--json] [CLIP...]
 *
 * Without clips: the shipped sample. A clip's truth is the `.json` of the same name beside it (form of client/public/sample/sample.json).
 */
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FaceTracker, loadFaceModels } from '../dist/face/mod.js';
import { prepareModels } from '../dist/inference/mod.js';
import { FileReader } from '../dist/ingest/file/file-reader.js';
import { VideoFile } from '../dist/ingest/file/video-file.js';
import { MotionMeter, Spotter } from '../dist/spotting/mod.js';

const args = process.argv.slice(2);
const json = args.includes('--json');
const given = args.filter((arg) => arg !== '--json');
const clips = given.length > 0 ? given : [fileURLToPath(new URL('../client/public/sample/sample.webm', import.meta.url))];

const models = loadFaceModels(await prepareModels({}));
const rows = clips.map((clip) => ({ clip: basename(clip), ...figuresOf(run(clip), truthOf(clip)) }));
models.close();
if (json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
else console.table(rows);

function truthOf(clip) {
  const file = clip.replace(/\.\w+$/, '.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).expressions : undefined;
}

function run(clip) {
  const tracker = new FaceTracker(models);
  const faces = new Map();
  const events = [], times = [];
  let seconds = 0;
  const nothing = () => { /* of no interest here */ };
  const frame = (picture) => {
    seconds = picture.t;
    for (const face of tracker.update(picture)) {
      if (!faces.has(face.id)) faces.set(face.id, { meter: new MotionMeter(), spotter: new Spotter() });
      const { meter, spotter } = faces.get(face.id);
      const start = performance.now();
      const said = spotter.push(meter.measure(face));
      times.push(performance.now() - start);
      events.push(...said.map((event) => ({ ...event, at: seconds })));
    }
  };
  const file = VideoFile.open(clip, { maxWidth: 4096, maxHeight: 4096 });
  new FileReader(file, undefined, { credit: () => true, frame, format: nothing, counters: nothing, gap: nothing, fault: nothing, end: nothing }).run();
  for (const { spotter } of faces.values()) events.push(...spotter.flush().map((event) => ({ ...event, at: seconds })));
  return { events, seconds, times };
}

/** IoU of two intervals; the field counts 0.5 and more as found. */
function overlap(a, b) {
  const common = Math.min(a.offset, b.offset) - Math.max(a.onset, b.onset);
  return common > 0 ? common / (Math.max(a.offset, b.offset) - Math.min(a.onset, b.onset)) : 0;
}

function figuresOf({ events, seconds, times }, truth) {
  const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
  const of = (type) => events.filter((event) => event.type === type);
  const micro = of('closed').map(({ window }) => window).filter(({ kind }) => kind === 'micro');
  const pairs = (truth ?? []).flatMap((expression) => {
    const window = micro.find((found) => found.offset !== undefined && overlap(found, expression) >= 0.5);
    return window === undefined ? [] : [{ expression, window, opened: of('opened').find((event) => event.window.key === window.key).at }];
  });
  const error = (name) => Math.round(1000 * median(pairs.map(({ expression, window }) => Math.abs(expression[name] - window[name]))));
  const alarms = micro.length - pairs.length;
  return {
    seconds: Number(seconds.toFixed(1)), micro: micro.length, macro: of('closed').length - micro.length, withdrawn: of('withdrawn').length, resets: of('reset').length,
    'micro opened': of('opened').filter(({ window }) => window.kind === 'micro').length,
    ...(truth === undefined ? {} : {
      found: `${String(pairs.length)}/${String(truth.length)}`, 'onset ms': error('onset'), 'apex ms': error('apex'), 'offset ms': error('offset'),
      'latency ms': Math.round(1000 * Math.max(...pairs.map(({ expression, opened }) => opened - expression.apex))),
    }),
    'alarms/min': Number((60 * alarms / seconds).toFixed(2)), 'ms/frame': Number(median(times).toFixed(2)),
  };
}
