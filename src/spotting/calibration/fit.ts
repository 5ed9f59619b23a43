/** An alert's score, and whether a coder says that it is right. */
export interface JudgedScore {
  readonly score: number;
  readonly right: boolean;
}

/** Points of a rising line from scores to the share of right alerts. */
export type CalibrationLine = readonly (readonly [score: number, probability: number])[];

export const CALIBRATION_METHODS = ['isotonic', 'platt'] as const;
export type CalibrationMethod = (typeof CALIBRATION_METHODS)[number];

export function fitCalibration(method: CalibrationMethod, judged: readonly JudgedScore[]): CalibrationLine {
  return method === 'isotonic' ? fitIsotonic(judged) : fitPlatt(judged);
}

/** Alerts of the same or neighbouring scores that share a probability. */
interface Block {
  scores: number;
  right: number;
  count: number;
}

/** Isotonic regression by pooling adjacent violators (Zadrozny and Elkan 2002); linear between the means of the blocks. */
function fitIsotonic(judged: readonly JudgedScore[]): CalibrationLine {
  const blocks: Block[] = [];
  for (const { score, right } of [...judged].sort((a, b) => a.score - b.score)) {
    let block: Block = { scores: score, right: right ? 1 : 0, count: 1 };
    for (
      let last = blocks.at(-1);
      last && (last.right * block.count >= block.right * last.count || isSame(last, block));
      last = blocks.at(-1)
    ) {
      blocks.pop();
      block = { scores: last.scores + block.scores, right: last.right + block.right, count: last.count + block.count };
    }
    blocks.push(block);
  }
  return rounded(blocks.map(({ scores, right, count }) => [scores / count, right / count]));
}

function isSame(a: Block, b: Block): boolean {
  return Math.abs(a.scores / a.count - b.scores / b.count) < 1e-9;
}

/** Newton steps of the logistic fit. */
const STEPS = 100;
/** Points of the line that stands for the logistic curve. */
const POINTS = 21;

/** Platt's logistic fit with his smoothed targets (Platt 1999). A curve that would fall is level instead. */
function fitPlatt(judged: readonly JudgedScore[]): CalibrationLine {
  const right = judged.filter((one) => one.right).length;
  const targets = { right: (right + 1) / (right + 2), wrong: 1 / (judged.length - right + 2) };
  let [slope, offset] = [0, Math.log((right + 1) / (judged.length - right + 1))];
  for (let step = 0; step < STEPS; step++) {
    let [g0, g1, h00, h01, h11] = [0, 0, 1e-9, 0, 1e-9];
    for (const { score, right: is } of judged) {
      const p = 1 / (1 + Math.exp(-(slope * score + offset)));
      const error = p - (is ? targets.right : targets.wrong);
      const weight = p * (1 - p);
      g0 += error;
      g1 += error * score;
      h00 += weight;
      h01 += weight * score;
      h11 += weight * score * score;
    }
    const determinant = h00 * h11 - h01 * h01;
    if (Math.abs(determinant) < 1e-12) break;
    offset -= (h11 * g0 - h01 * g1) / determinant;
    slope -= (h00 * g1 - h01 * g0) / determinant;
  }
  if (!(slope > 0) || !Number.isFinite(offset)) {
    const share = right / judged.length;
    return rounded([
      [0, share],
      [1, share],
    ]);
  }
  return rounded(
    Array.from({ length: POINTS }, (_, i): [number, number] => {
      const score = i / (POINTS - 1);
      return [score, 1 / (1 + Math.exp(-(slope * score + offset)))];
    }),
  );
}

function rounded(line: CalibrationLine): CalibrationLine {
  return line.map(([score, probability]) => [Math.round(score * 1e6) / 1e6, Math.round(probability * 1e6) / 1e6]);
}
