import { DEFAULT_FALSE_ALARMS } from '../../src/config/mod.js';
import { FaceTracker, loadFaceModels, type FaceModels } from '../../src/face/mod.js';
import { FileReader } from '../../src/ingest/file/file-reader.js';
import { VideoFile } from '../../src/ingest/file/video-file.js';
import type { Frame } from '../../src/ingest/contract.js';
import {
  MotionEstimator,
  readSpotterModel,
  Spotting,
  SpotterNet,
  type FaceSpotter,
  type LikelihoodStream,
  type SpotterEvent,
  type Window,
} from '../../src/spotting/mod.js';

/** What the stages from pixels to windows said of a clip. */
export interface ChainResult {
  readonly seconds: number;
  readonly frames: number;
  /** Everything but signals, with the media time at which it was said. */
  readonly events: readonly (Exclude<SpotterEvent, { type: 'signal' }> & { readonly at: number })[];
  readonly closed: readonly Window[];
  /** Median milliseconds of the motion meter a frame, and of the spotter with its network. */
  readonly meterMs: number;
  readonly spotterMs: number;
}

/** The faces' stages and the spotter, in one thread: tracker ─► meter ─► network ─► spotter, as the pipeline has them. */
export class Chain {
  readonly #models: FaceModels;
  readonly #net: SpotterNet | undefined;
  readonly #spotting: Spotting;

  private constructor(models: FaceModels, method: 'learned' | 'rules') {
    this.#models = models;
    const model = method === 'learned' ? readSpotterModel() : undefined;
    this.#net = model && new SpotterNet(model);
    this.#spotting = new Spotting({ model, microMax: 0.5, sensitivity: 1, falseAlarms: DEFAULT_FALSE_ALARMS });
  }

  static async open(method: 'learned' | 'rules'): Promise<Chain> {
    return new Chain(loadFaceModels(), method);
  }

  close(): void {
    this.#models.close();
    this.#net?.close();
  }

  runFile(path: string): ChainResult {
    const walk = this.#walk();
    const file = VideoFile.open(path, { maxWidth: 4096, maxHeight: 4096 });
    new FileReader(file, undefined, {
      credit: () => true,
      event: (event) => {
        if (event.type === 'frame') walk.take(event.frame);
      },
      health: () => undefined,
    }).run();
    return walk.result();
  }

  runFrames(frames: Iterable<Frame>): ChainResult {
    const walk = this.#walk();
    for (const frame of frames) walk.take(frame);
    return walk.result();
  }

  #walk(): { take: (frame: Frame) => void; result: () => ChainResult } {
    const tracker = new FaceTracker(this.#models);
    const faces = new Map<string, { meter: MotionEstimator; likelihoods: LikelihoodStream | undefined; spotter: FaceSpotter }>();
    const events: (Exclude<SpotterEvent, { type: 'signal' }> & { at: number })[] = [];
    const meterTimes: number[] = [],
      spotterTimes: number[] = [];
    let count = 0,
      last = 0;
    const keep = (said: readonly SpotterEvent[]): void => {
      for (const event of said) if (event.type !== 'signal') events.push({ ...event, at: last });
    };
    return {
      take: (frame) => {
        count++;
        last = frame.t;
        for (const face of tracker.update(frame)) {
          let stages = faces.get(face.id);
          if (stages === undefined) {
            faces.set(
              face.id,
              (stages = {
                meter: new MotionEstimator(),
                likelihoods: this.#net?.follow(),
                spotter: this.#spotting.watch(this.#spotting.controls()),
              }),
            );
          }
          const start = performance.now();
          const sample = stages.meter.measure(face);
          const middle = performance.now();
          keep(stages.spotter.push(sample, stages.likelihoods?.push(sample) ?? []));
          meterTimes.push(middle - start);
          spotterTimes.push(performance.now() - middle);
        }
      },
      result: () => {
        for (const { spotter } of faces.values()) keep(spotter.flush());
        const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
        return {
          seconds: last,
          frames: count,
          events,
          closed: events.flatMap((event) => (event.type === 'closed' ? [event.window] : [])),
          meterMs: median(meterTimes),
          spotterMs: median(spotterTimes),
        };
      },
    };
  }
}
