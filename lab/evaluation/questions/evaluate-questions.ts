import type { ActionUnit, Emotion } from '../../../src/events/schema.js';
import { answerQuestion, EXAMPLES, readQuestion, type Describer, type Evidence, type Question } from '../../../src/llm/mod.js';
import type { InstructPair, InstructSplit } from '../descriptions/instruct-split.js';
import { uf1Uar } from '../descriptions/measures.js';
import { bleu, rougeL } from './text-scores.js';

/** How well one answerer did in one form of question. */
interface FormScores {
  readonly questions: number;
  /** Over the classes that the right answers have; null for answers in words. */
  readonly uf1: number | null;
  readonly uar: number | null;
  readonly bleu: number;
  readonly rouge: number;
  /** Share of answers that are the right one. */
  readonly exact: number;
}

export type Scores = Readonly<Record<string, FormScores>>;

interface Item {
  readonly form: string;
  readonly right: string;
  readonly said: string;
  /** The most frequent right answer to this question on the other people: nothing is seen of the face. */
  readonly prior: string;
}

/** Forms whose answers are classes; `can't tell` is none of them. */
const CLASSED = new Set(['coarse', 'fine', 'unit', 'side', 'unit_side']);

/** Asks about every test pair, and scores the answers beside those of somebody who knows only what is frequent. */
export async function evaluateQuestions(
  describer: Pick<Describer, 'describe'>,
  { test, train }: InstructSplit,
  onProgress?: (done: number, total: number) => void,
): Promise<{ readonly mellm: Scores; readonly prior: Scores }> {
  const priorOf = priorAnswers(train.length > 0 ? train : test);
  const items: Item[] = [];
  let done = 0;
  for (const pair of test) {
    const said = await evidenceBy(describer, pair);
    for (const question of questionsOf(pair))
      items.push({
        form: question.form,
        right: answerQuestion(truthOf(pair), question, { emotion: true }),
        said: answerQuestion(said, question, { emotion: true }),
        prior: priorOf(question),
      });
    onProgress?.(++done, test.length);
  }
  return { mellm: scores(items, ({ said }) => said), prior: scores(items, ({ prior }) => prior) };
}

async function evidenceBy(describer: Pick<Describer, 'describe'>, { rois }: InstructPair): Promise<Evidence> {
  const report = { rois, head: { u: 0, v: 0, rotation: 0 }, source: 'meu-instruct', ms: 0 };
  try {
    const { aus, emotion } = await describer.describe(report, () => undefined, new AbortController().signal, { patient: true });
    return { rois, aus: [...aus], emotion: emotion ?? null };
  } catch {
    return { rois: [], aus: [], emotion: null };
  }
}

/** What is known of a pair. */
function truthOf({ units, category, rois }: InstructPair): Evidence {
  const aus: ActionUnit[] = units.filter(({ au }) => au !== 'AU45').map(({ au, side }) => ({ au, side, confidence: 1 }));
  const { label } = category;
  const emotion: Emotion | null =
    label === 'none' ? null : { label, probabilities: { negative: 0, positive: 0, surprise: 0, other: 0, [label]: 1 } };
  return { rois, aus, emotion };
}

/** The seven forms, about a unit that is shown and one that is not; classes only where the units decide them. */
function questionsOf(pair: InstructPair): Question[] {
  const shown = pair.units.find(({ au }) => au !== 'AU45');
  const absent = ['AU12', 'AU4', 'AU1'].find((au) => !pair.units.some((unit) => unit.au === au));
  const texts = [
    EXAMPLES.units,
    ...(pair.decided ? [EXAMPLES.coarse, EXAMPLES.fine, EXAMPLES.all] : []),
    ...(shown
      ? [`Is ${shown.au} shown?`, `On which side is ${shown.au} shown? Which side?`, `Is ${shown.au} shown on the left side?`]
      : []),
    ...(absent === undefined ? [] : [`Is ${absent} shown?`]),
  ];
  return texts.flatMap((text) => readQuestion(text) ?? []);
}

/** The most frequent right answer of a form, and of one about a unit for that unit. */
function priorAnswers(pairs: readonly InstructPair[]): (question: Question) => string {
  const counts = new Map<string, Map<string, number>>();
  const key = ({ form, unit }: Question): string => `${form} ${String(unit ?? '')}`;
  for (const pair of pairs)
    for (const question of questionsOf(pair)) {
      const answers = counts.get(key(question)) ?? new Map<string, number>();
      const answer = answerQuestion(truthOf(pair), question, { emotion: true });
      counts.set(key(question), answers.set(answer, (answers.get(answer) ?? 0) + 1));
    }
  return (question) => [...(counts.get(key(question)) ?? [])].sort(([, a], [, b]) => b - a)[0]?.[0] ?? '';
}

function scores(items: readonly Item[], answerOf: (item: Item) => string): Scores {
  return Object.fromEntries(
    [...new Set(items.map(({ form }) => form))].map((form) => {
      const own = items.filter((item) => item.form === form && item.right !== "can't tell");
      const right = own.map((item) => item.right);
      const said = own.map(answerOf);
      const classes = [...new Set(right)];
      const indices = (answers: readonly string[]): number[] =>
        answers.map((answer) => (classes.includes(answer) ? classes.indexOf(answer) : classes.length));
      const classed =
        CLASSED.has(form) && own.length > 0 ? uf1Uar(indices(right), indices(said), classes.length) : { uf1: null, uar: null };
      const exact = own.length === 0 ? 0 : said.filter((answer, i) => answer === right[i]).length / own.length;
      return [form, { questions: own.length, ...classed, bleu: bleu(right, said), rouge: rougeL(right, said), exact }];
    }),
  );
}
