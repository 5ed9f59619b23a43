import type { DatasetClip, TruthEvent } from '../../datasets/mod.js';
import { iou, matchOneToOne } from './matching.js';
import type { Spotted, SpottedWindow } from './spotted.js';

export type Kind = 'micro' | 'macro';
/** Least IoU of a true positive, MEGC 2019 to 2025. */
export const LEAST_IOU = 0.5;

/** A window beside the truth it was matched with. */
export interface TruePositive {
  readonly window: SpottedWindow;
  readonly truth: TruthEvent;
}

/** A window that was matched with nothing. */
interface FalsePositive {
  readonly window: SpottedWindow;
  /** The truth of the same kind that it touches, too little to count. */
  readonly near?: TruthEvent;
  /** What else was going on there, by the truth: kinds, `nothing` where nothing was. */
  readonly during: readonly string[];
}

/** What one spotter made of the truths of one kind in one clip. */
interface KindVerdict {
  readonly truePositives: readonly TruePositive[];
  readonly falseNegatives: readonly TruthEvent[];
  readonly falsePositives: readonly FalsePositive[];
}

/** What one spotter made of one clip. */
export interface ClipVerdict {
  readonly clip: Pick<DatasetClip, 'id' | 'person' | 'groups'>;
  readonly seconds: number;
  readonly kinds: Readonly<Record<Kind, KindVerdict>>;
  /** See {@link Spotted}. */
  readonly announced?: number;
  readonly withdrawn?: number;
}

/** How a clip is judged. */
export interface JudgeOptions {
  /** Windows below this score are left out. Default 0. */
  readonly threshold?: number;
  /** Truths for which it says false count neither as found nor as missed, nor do windows on them as false positives. Default all count. */
  readonly counts?: (truth: TruthEvent) => boolean;
}

/** Compares a spotter's windows with the truth of a clip: micro with micro, macro with macro. */
export function judgeClip(
  clip: Pick<DatasetClip, 'id' | 'person' | 'groups' | 'truth'>,
  seconds: number,
  spotted: Spotted,
  options: JudgeOptions = {},
): ClipVerdict {
  const { threshold = 0 } = options;
  const counts = (truth: TruthEvent): boolean => truth.rough !== true && (options.counts?.(truth) ?? true);
  const windows = spotted.windows.filter(({ score }) => score >= threshold);
  const of = (kind: Kind): KindVerdict =>
    judgeKind(
      kind,
      windows.filter((window) => window.kind === kind),
      clip.truth,
      counts,
    );
  return {
    clip: { id: clip.id, person: clip.person, groups: clip.groups },
    seconds,
    kinds: { micro: of('micro'), macro: of('macro') },
    ...(spotted.announced === undefined ? {} : { announced: spotted.announced }),
    ...(spotted.withdrawn === undefined ? {} : { withdrawn: spotted.withdrawn }),
  };
}

function judgeKind(
  kind: Kind,
  windows: readonly SpottedWindow[],
  all: readonly TruthEvent[],
  counts: (truth: TruthEvent) => boolean,
): KindVerdict {
  const truths = all.filter((truth) => truth.kind === kind);
  const matched = matchOneToOne(windows, truths, LEAST_IOU);
  const truePositives: TruePositive[] = [];
  const falsePositives: FalsePositive[] = [];
  windows.forEach((window, w) => {
    const index = matched[w];
    const truth = index === undefined ? undefined : truths[index];
    if (truth) {
      if (counts(truth)) truePositives.push({ window, truth });
      return;
    }
    const near = closest(window, truths);
    if (near && !counts(near)) return;
    const during = [
      ...new Set(all.filter((event) => event.onset <= window.offset && event.offset >= window.onset).map((event) => event.kind)),
    ];
    falsePositives.push({ window, ...(near ? { near } : {}), during: during.length > 0 ? during : ['nothing'] });
  });
  const falseNegatives = truths.filter((truth, t) => counts(truth) && !matched.includes(t));
  return { truePositives, falseNegatives, falsePositives };
}

/** The truth that a window overlaps most. */
function closest(window: SpottedWindow, truths: readonly TruthEvent[]): TruthEvent | undefined {
  let best: TruthEvent | undefined;
  let most = 0;
  for (const truth of truths) {
    const overlap = iou(window, truth);
    if (overlap > most) {
      most = overlap;
      best = truth;
    }
  }
  return best;
}
