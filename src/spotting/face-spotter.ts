import type { CalibrationLine } from './calibration/fit.js';
import type { TickLikelihoods } from './learned/likelihoods.js';
import { interpolate, LearnedSpotter } from './learned/learned-spotter.js';
import type { SpotterModel } from './learned/model-file.js';
import { Spotter } from './rules/spotter.js';
import type { MotionSample, SpotterEvent } from './contract.js';

/** Whatever watches one face. Frames in order; a function of its inputs alone. */
export interface FaceSpotter {
  /**
   * Takes the next sample, and the likelihoods that the network gave with it (none where there is no network).
   *
   * @returns what there is to say now: `opened`, then any `updated`, then exactly one of `closed` and `withdrawn` for each window
   */
  push(sample: MotionSample, ticks: readonly TickLikelihoods[]): SpotterEvent[];
  /** The face is gone or the stream has ended. */
  flush(): SpotterEvent[];
}

/** What may be moved while a session runs. */
export interface SpotterControls {
  /**
   * False alarms a minute that the viewer puts up with: fewer means a higher threshold. Only the learned spotter knows how to keep it;
   * what is asked for beyond what its model knows becomes the most or fewest that it knows.
   */
  falseAlarms: number;
}

export interface SpottingOptions {
  /** Longest micro-expression, onset to offset, s. */
  readonly microMax: number;
  /** The rule-based spotter's: above 1 more alerts, below 1 fewer. */
  readonly sensitivity: number;
  /** False alarms a minute to begin with. */
  readonly falseAlarms: number;
  /** The network's model; without it faces are watched by rules. */
  readonly model?: SpotterModel | undefined;
  /** Turns scores into the share of alerts that a lab's coders accept; without it scores are the model's own. */
  readonly calibration?: CalibrationLine | undefined;
}

/** How faces are watched in this process. */
export class Spotting {
  readonly #options: SpottingOptions;

  constructor(options: SpottingOptions) {
    this.#options = options;
  }

  get method(): 'learned' | 'rules' {
    return this.#options.model ? 'learned' : 'rules';
  }

  /** The controls of a new session. */
  controls(): SpotterControls {
    const alarms = this.#options.model?.alarms;
    let held = withinReach(alarms, this.#options.falseAlarms);
    return {
      get falseAlarms() {
        return held;
      },
      set falseAlarms(perMinute) {
        held = withinReach(alarms, perMinute);
      },
    };
  }

  /** A spotter for one face, which reads `controls` as it goes. */
  watch(controls: SpotterControls): FaceSpotter {
    const { calibration } = this.#options;
    const spotter = this.#watch(controls);
    if (!calibration) return spotter;
    const calibrated = (events: SpotterEvent[]): SpotterEvent[] => events.map((event) => withScore(event, calibration));
    return {
      push: (sample, ticks) => calibrated(spotter.push(sample, ticks)),
      flush: () => calibrated(spotter.flush()),
    };
  }

  #watch(controls: SpotterControls): FaceSpotter {
    const { model, microMax, sensitivity } = this.#options;
    if (!model) return new Spotter({ microMax, caution: 1 / sensitivity });
    let asked = Number.NaN,
      threshold = 1;
    return new LearnedSpotter({
      microMax,
      calibration: model.calibration,
      threshold: () => {
        if (controls.falseAlarms !== asked) threshold = thresholdFor(model.alarms, (asked = controls.falseAlarms));
        return threshold;
      },
    });
  }
}

function withScore(event: SpotterEvent, calibration: CalibrationLine): SpotterEvent {
  if (!('window' in event)) return event;
  return { ...event, window: { ...event.window, score: interpolate(calibration, event.window.score) } };
}

/** The nearest rate that some threshold of the model gives. */
function withinReach(alarms: SpotterModel['alarms'] | undefined, perMinute: number): number {
  const rates = alarms?.map(([, rate]) => rate) ?? [0, Infinity];
  return Math.min(Math.max(perMinute, Math.min(...rates)), Math.max(...rates));
}

/** The raw threshold at which so many false alarms a minute are expected. `alarms`: threshold to alarms a minute, falling. */
export function thresholdFor(alarms: SpotterModel['alarms'], perMinute: number): number {
  const rising = alarms.map(([threshold, rate]): [number, number] => [rate, threshold]).reverse();
  return interpolate(rising, perMinute);
}
