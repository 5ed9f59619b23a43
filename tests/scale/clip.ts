import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeInjectedFrames, type InjectedClip } from '../../scripts/data/sample/frames.js';

/** Pictures a second: just above the 15 below which nothing is spotted. */
export const FPS = 16;
const SECONDS = 8;
/** 3/4 of the sample's size; the face is 180 px wide. */
const CANVAS = { width: 480, height: 360, scale: 0.66, left: 33, top: -14 };

/** Of scripts/data/sample/encode.js, which has no types of its own. */
interface Encoder {
  readonly writeWebm: (
    file: string,
    frames: InjectedClip['frames'],
    options: { width: number; height: number; fps: number; bitRate: number },
  ) => void;
}

/** Writes a clip as light as can be, of which many may be analysed at once: 8 s with one raise of the brows, repeatable. @returns its path */
export async function lightClip(folder: string): Promise<string> {
  const clip = await makeInjectedFrames({
    portrait: readFileSync(fileURLToPath(new URL('../../lab/assets/sample-portrait.jpg', import.meta.url))),
    canvas: CANVAS,
    fps: FPS,
    seconds: SECONDS,
    events: [{ aus: ['AU1', 'AU2'], onset: 3, rise: 0.19, fall: 0.25, peak: 3.5 }],
    noise: 1.6,
    sway: 1,
    seed: 5,
  });
  const { writeWebm } = (await import(new URL('../../scripts/data/sample/encode.js', import.meta.url).href)) as Encoder;
  const file = join(folder, 'light.webm');
  writeWebm(file, clip.frames, { width: clip.width, height: clip.height, fps: FPS, bitRate: 400_000 });
  return file;
}
