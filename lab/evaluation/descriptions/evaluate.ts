import type { RegionMotion } from '../../../src/events/schema.js';
import type { Describer } from '../../../src/llm/describer.js';
import { parseAnswer } from '../../../src/llm/answer/parse-answer.js';
import { fitLogistic, fitPrior, fitThresholdRule, LABELS, shows, unitsOf, type Recogniser, type Verdict } from './baselines.js';
import type { InstructPair, InstructSplit } from './instruct-split.js';
import { calibrationError, confusion, uf1Uar, unitMetrics, type UnitMetrics } from './measures.js';

/** The units that the macro F1 is the mean of; others are listed, not counted. */
const JUDGED = ['AU1', 'AU2', 'AU4', 'AU5', 'AU6', 'AU7', 'AU9', 'AU10', 'AU12', 'AU14', 'AU15', 'AU17', 'AU20', 'AU24'] as const;
/** px; pairs whose units all move at least so far are judged on their units. */
const PEAK = 0.7;

/** How well one recogniser did. */
export interface RecognitionMetrics {
  /** Pairs judged on their units: those above the peak, and those that show none. */
  readonly pairs: number;
  readonly aus: Readonly<Record<string, UnitMetrics>>;
  /** Mean F1 of {@link JUDGED}, of those that the pairs show; null where they show none. */
  readonly auMacroF1: number | null;
  /** Over pairs above the peak whose units decide one of the three classes. */
  readonly uf1: number | null;
  readonly uar: number | null;
  /** Rows negative, positive, surprise; columns those, other, none. */
  readonly confusion: readonly (readonly number[])[];
  /** Of the pairs without action units: how many are called that. */
  readonly nullRecall: number | null;
}

/** What only a language model's answers have. */
interface AnswerMetrics {
  /** Share of answers whose text alone gives units or category. */
  readonly parsed: number;
  /** Share of answers that name a unit which no region supports. */
  readonly unsupported: number;
  /** Expected calibration error of the confidences of the units that are named. */
  readonly ece: number;
  readonly failed: number;
  readonly sources: readonly string[];
  /** Median milliseconds of an answer. */
  readonly ms: number;
}

export interface RecognitionEvaluation {
  readonly answers: AnswerMetrics;
  readonly recognisers: Readonly<Record<string, RecognitionMetrics>>;
  /** How the baselines were fitted: on train.jsonl, or leaving subjects out. */
  readonly baselines: string;
}

/** Asks the describer of every pair, one after another, and fits and asks the baselines on the same regions. */
export async function evaluateRecognition(
  describer: Describer,
  { test, train }: InstructSplit,
  onProgress?: (done: number, total: number) => void,
): Promise<RecognitionEvaluation> {
  const verdicts: Verdict[] = [];
  const confidences: number[] = [];
  const right: boolean[] = [];
  const times: number[] = [];
  const sources = new Set<string>();
  let parsed = 0;
  let unsupported = 0;
  let failed = 0;
  for (const pair of test) {
    try {
      const description = await describer.describe(reportOf(pair.rois), () => undefined, new AbortController().signal, { patient: true });
      const aus = new Set(description.aus.map(({ au }) => au));
      verdicts.push({ aus, category: description.emotion ? LABELS.indexOf(description.emotion.label) : 4 });
      if (parseAnswer(description.text).parsed) parsed++;
      if (description.aus.some((unit) => unit.unsupported)) unsupported++;
      for (const { au, confidence } of description.aus) {
        confidences.push(confidence);
        right.push(shows(pair, au));
      }
      times.push(description.ms);
      sources.add(description.source);
    } catch {
      failed++;
      verdicts.push({ aus: new Set(), category: 4 });
    }
    onProgress?.(verdicts.length, test.length);
  }
  const baselines = fittedBaselines(test, train);
  return {
    answers: {
      parsed: parsed / test.length,
      unsupported: unsupported / test.length,
      ece: calibrationError(confidences, right),
      failed,
      sources: [...sources],
      ms: times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0,
    },
    recognisers: {
      mellm: scoreAnswers(test, verdicts),
      'prior only': scoreAnswers(test, baselines.verdicts(fitPrior)),
      'threshold rule': scoreAnswers(test, baselines.verdicts(fitThresholdRule)),
      'logistic regression': scoreAnswers(test, baselines.verdicts(fitLogistic)),
    },
    baselines: baselines.how,
  };
}

/** Metrics of verdicts, one for each pair. */
function scoreAnswers(pairs: readonly InstructPair[], verdicts: readonly Verdict[]): RecognitionMetrics {
  // Pairs of kind `category` were never coded for units: they are judged on the category alone.
  const uncoded = pairs.map(({ kind }) => kind === 'category');
  const null_ = pairs.map((pair, i) => !uncoded[i] && pair.units.every(({ au }) => au === 'AU45'));
  const strong = pairs.map((pair, i) => !null_[i] && pair.units.every(({ au, px }) => au === 'AU45' || (px ?? PEAK) >= PEAK));
  const used = pairs.flatMap((pair, i) => {
    const said = verdicts[i];
    return said && !uncoded[i] && (strong[i] || null_[i]) ? [{ pair, said }] : [];
  });
  const names = [...new Set([...unitsOf(pairs), ...JUDGED])].sort((a, b) => Number(a.slice(2)) - Number(b.slice(2)));
  const aus = Object.fromEntries(
    names.map((au) => [
      au,
      unitMetrics(
        used.map(({ pair }) => shows(pair, au)),
        used.map(({ said }) => said.aus.has(au)),
      ),
    ]),
  );
  const counted = JUDGED.map((au) => aus[au]).filter((metrics) => metrics !== undefined && metrics.shown > 0) as UnitMetrics[];
  const classed = pairs.flatMap((pair, i) => {
    const truth = LABELS.indexOf(likeliest(pair));
    const said = verdicts[i];
    return said && strong[i] && pair.decided && truth < 3 ? [{ truth, said: said.category }] : [];
  });
  const truth = classed.map((one) => one.truth);
  const said = classed.map((one) => one.said);
  const nulls = verdicts.filter((_, i) => null_[i]);
  return {
    pairs: used.length,
    aus,
    auMacroF1: counted.length === 0 ? null : counted.reduce((sum, { f1 }) => sum + f1, 0) / counted.length,
    ...(classed.length === 0 ? { uf1: null, uar: null } : uf1Uar(truth, said, 3)),
    confusion: confusion(truth, said, 3, 5),
    nullRecall: nulls.length === 0 ? null : nulls.filter((verdict) => [...verdict.aus].every((au) => au === 'AU45')).length / nulls.length,
  };
}

/** The category that the pair's units speak for, where their odds are known; else the pair's own. */
function likeliest({ category }: InstructPair): (typeof LABELS)[number] {
  const odds = LABELS.map((label) => category.probabilities?.[label] ?? -1);
  const most = Math.max(...odds);
  return most < 0 ? category.label : (LABELS[odds.indexOf(most)] ?? category.label);
}

function fittedBaselines(
  test: readonly InstructPair[],
  train: readonly InstructPair[],
): { how: string; verdicts: (fit: (pairs: readonly InstructPair[]) => Recogniser) => Verdict[] } {
  if (train.length > 0) {
    return {
      how: `fitted on ${String(train.length)} training pairs`,
      verdicts: (fit) => {
        const recognise = fit(train);
        return test.map(recognise);
      },
    };
  }
  const people = [...new Set(test.map((pair) => pair.identity ?? pair.id))];
  // Leaving out one of hundreds of people at a time takes long and changes nothing: then they are left out in ten groups.
  const groups = people.length <= 40 ? people.length : 10;
  const groupOf = new Map(people.map((person, i) => [person, i % groups]));
  return {
    how: groups === people.length ? 'leave one subject out' : 'ten groups of subjects, leaving one out',
    verdicts: (fit) => {
      const verdicts = new Array<Verdict>(test.length).fill({ aus: new Set(), category: 4 });
      for (let group = 0; group < groups; group++) {
        const inGroup = (pair: InstructPair): boolean => groupOf.get(pair.identity ?? pair.id) === group;
        const rest = test.filter((pair) => !inGroup(pair));
        if (rest.length === 0) continue;
        const recognise = fit(rest);
        test.forEach((pair, i) => {
          if (inGroup(pair)) verdicts[i] = recognise(pair);
        });
      }
      return verdicts;
    },
  };
}

function reportOf(rois: readonly RegionMotion[]): Parameters<Describer['describe']>[0] {
  return { rois, head: { u: 0, v: 0, rotation: 0 }, source: 'meu-instruct', ms: 0 };
}
