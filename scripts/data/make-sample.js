#!/usr/bin/env node
/**
 * Makes the sample clip that the client ships: a still CC0 portrait that makes known, synthetic micro-expressions.
 *
 *     node scripts/data/make-sample.js [PORTRAIT] [OUT_DIR]
 *
 * PORTRAIT: 640×640, the one whose landmarks are in scripts/data/sample/portrait-landmarks.json (default lab/assets/sample-portrait.jpg).
 * OUT_DIR: gets sample.webm and sample.json (default client/public/sample).
 */
import { readFileSync, mkdirSync, writeFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeWebm } from './sample/encode.js';
import { makeInjectedFrames } from './sample/frames.js';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const [portrait = here('../../lab/assets/sample-portrait.jpg'), out = here('../../client/public/sample')] = process.argv.slice(2);

const fps = 30;
const seconds = 14;
const blinks = [1.55, 5.1, 8.45];
/** Rise and fall near the medians of published micro-expressions (150–200 ms each). Sides are the person's own. */
const events = [
  { aus: ['AU1', 'AU2'], side: 'both', onset: 3, rise: 0.17, fall: 0.2, peak: 3.5 },
  { aus: ['AU12'], side: 'both', onset: 6.5, rise: 0.2, fall: 0.23, peak: 3.5 },
  { aus: ['AU4'], side: 'both', onset: 10, rise: 0.16, fall: 0.2, peak: 3 },
  { aus: ['AU12', 'AU14'], side: 'left', onset: 12.4, rise: 0.18, fall: 0.2, peak: 3.5 },
];
const clip = await makeInjectedFrames({ portrait: readFileSync(portrait), fps, seconds, events, blinks, noise: 1.6, sway: 1.5, seed: 5 });

mkdirSync(out, { recursive: true });
const file = join(out, 'sample.webm');
writeWebm(file, clip.frames, {
  width: clip.width,
  height: clip.height,
  fps,
  bitRate: 780_000,
  onFrame: (index) => {
    if (process.stderr.isTTY) process.stderr.write(`\rframe ${String(index + 1)} of ${String(fps * seconds)}`);
  },
});
writeFileSync(
  join(out, 'sample.json'),
  `${JSON.stringify(
    {
      synthetic: true,
      about: 'A still, computer-generated portrait warped by known displacements. No person, no real micro-expression.',
      width: clip.width,
      height: clip.height,
      fps,
      duration: seconds,
      units: { times: 'seconds from the first frame', peak: 'px of the frame', side: "the person's own" },
      expressions: clip.truth,
      blinks: blinks.map((start) => ({ start, end: start + 0.3 })),
    },
    null,
    2,
  )}\n`,
);
process.stderr.write(`\n${file}: ${(statSync(file).size / 1e6).toFixed(2)} MB\n`);
