import type { DatasetClip } from '../../datasets/mod.js';
import type { FlowReport } from '../../../src/flow/mod.js';
import { uf1Uar } from '../descriptions/measures.js';
import type { TruePositive } from '../spotting/clip-verdict.js';
import { categoryOf, type Category } from './emotion-category.js';

const CLASSES: readonly Category[] = ['negative', 'positive', 'surprise'];

/** Spot-then-recognise score of a spotter and a recogniser together. */
export interface SpotThenRecognise {
  /** F1 of spotting micro-expressions times F1 of analysis, MEGC 2022 to 2025; null where a factor is. */
  readonly strs: number | null;
  /**
   * Mean over negative, positive and surprise of the F1 over true positives, each hit judged at the spotted, not the coded, onset and apex;
   * null without any.
   */
  readonly analysisF1: number | null;
  /** F1 of analysis of saying the most frequent of the three every time: what knowing no pair gives; null without any. */
  readonly priorF1: number | null;
  /** True positives whose coded emotion is of the three classes. */
  readonly judged: number;
  /** Those of them that the recogniser gave no answer for; they count as wrong. */
  readonly failed: number;
}

/** A hit and the clip it is in. */
export interface ClipTruePositive {
  readonly clip: DatasetClip;
  readonly hit: TruePositive;
}

/**
 * @param spottingF1 of micro-expressions.
 * @param measure flow between two moments of a clip.
 * @param recognise the category of a flow; undefined: none.
 */
export async function spotThenRecognise(
  spottingF1: number | null,
  truePositives: readonly ClipTruePositive[],
  measure: (clip: DatasetClip, onset: number, apex: number) => Promise<FlowReport>,
  recognise: (report: FlowReport) => Promise<Category | undefined>,
): Promise<SpotThenRecognise> {
  const truth: number[] = [];
  const said: number[] = [];
  let failed = 0;
  for (const { clip, hit } of truePositives) {
    const known = CLASSES.indexOf(categoryOf(hit.truth.emotion ?? ''));
    if (known < 0) continue;
    truth.push(known);
    try {
      const answer = await recognise(await measure(clip, hit.window.onset, hit.window.apex));
      const index = answer === undefined ? -1 : CLASSES.indexOf(answer);
      said.push(index < 0 ? CLASSES.length : index);
    } catch {
      failed++;
      said.push(CLASSES.length);
    }
  }
  const analysisF1 = truth.length === 0 ? null : uf1Uar(truth, said, CLASSES.length).uf1;
  const priorF1 =
    truth.length === 0
      ? null
      : uf1Uar(
          truth,
          truth.map(() => mostFrequent(truth)),
          CLASSES.length,
        ).uf1;
  return {
    strs: spottingF1 === null || analysisF1 === null ? null : spottingF1 * analysisF1,
    analysisF1,
    priorF1,
    judged: truth.length,
    failed,
  };
}

function mostFrequent(truth: readonly number[]): number {
  const counts = CLASSES.map((_, i) => truth.filter((one) => one === i).length);
  return counts.indexOf(Math.max(...counts));
}
