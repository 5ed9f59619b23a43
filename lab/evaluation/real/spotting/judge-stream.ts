import { matchOneToOne } from '../../spotting/matching.js';
import type { SpottedWindow } from '../../spotting/spotted.js';
import { frameAt, type FacePath } from '../track/face-path.js';
import type { FaceActivity } from './face-activity.js';
import type { InjectedTruth } from './injected-truth.js';

/** The field's rule: a window and a truth meet where their intersection is half of their union. */
const LEAST_IOU = 0.5;

/** An injected expression, and what became of it. */
export interface JudgedTruth extends InjectedTruth {
  /** A window overlaps it with an IoU of at least 0.5, and no other truth has that window. */
  readonly byOverlap: boolean;
  /** A window's apex lies between its onset and offset. */
  readonly byApex: boolean;
}

/** What a spotter said of a clip with injections: the truths, and how many micro-expressions it reported. */
export interface JudgedStream {
  readonly truths: readonly JudgedTruth[];
  readonly windows: number;
}

export function judgeStream(truths: readonly InjectedTruth[], windows: readonly SpottedWindow[]): JudgedStream {
  const micro = windows.filter(({ kind }) => kind === 'micro');
  const matched = new Set(matchOneToOne(micro, truths, LEAST_IOU).filter((truth) => truth !== undefined));
  return {
    windows: micro.length,
    truths: truths.map((truth, i) => ({
      ...truth,
      byOverlap: matched.has(i),
      byApex: micro.some(({ apex }) => apex >= truth.onset && apex <= truth.offset),
    })),
  };
}

/** A micro-expression that was reported in an untouched clip. */
export interface Alert extends Pick<SpottedWindow, 'onset' | 'apex' | 'offset' | 'score' | 'face'> {
  /** Whether the face is quiet at its apex: nobody would say that anything moves there. */
  readonly quiet: boolean;
}

export function alertsOf(path: FacePath, { quiet }: FaceActivity, windows: readonly SpottedWindow[]): Alert[] {
  return windows
    .filter(({ kind }) => kind === 'micro')
    .map(({ onset, apex, offset, score, face }) => ({ onset, apex, offset, score, face, quiet: quiet[frameAt(path, apex)] ?? false }));
}
