/** Words of a text, in lower case and without punctuation. */
const words = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [];

const grams = (tokens: readonly string[], n: number): Map<string, number> => {
  const counts = new Map<string, number>();
  for (let i = 0; i + n <= tokens.length; i++) {
    const gram = tokens.slice(i, i + n).join(' ');
    counts.set(gram, (counts.get(gram) ?? 0) + 1);
  }
  return counts;
};

/**
 * BLEU of whole texts up to `order`-grams (Papineni et al. 2002) over all pairs, with the brevity penalty; an order that no text is long
 * enough for is left out.
 */
export function bleu(references: readonly string[], candidates: readonly string[], order = 4): number {
  let logs = 0;
  let orders = 0;
  let [candidateLength, referenceLength] = [0, 0];
  for (let n = 1; n <= order; n++) {
    let [matches, total] = [0, 0];
    references.forEach((reference, i) => {
      const [said, wanted] = [words(candidates[i] ?? ''), words(reference)];
      if (n === 1) {
        candidateLength += said.length;
        referenceLength += wanted.length;
      }
      const known = grams(wanted, n);
      for (const [gram, count] of grams(said, n)) {
        matches += Math.min(count, known.get(gram) ?? 0);
        total += count;
      }
    });
    if (total === 0) continue;
    if (matches === 0) return 0;
    logs += Math.log(matches / total);
    orders++;
  }
  if (orders === 0) return 0;
  const penalty = candidateLength >= referenceLength ? 1 : Math.exp(1 - referenceLength / candidateLength);
  return penalty * Math.exp(logs / orders);
}

/** Mean ROUGE-L F1 (Lin 2004): the longest common subsequence of words. */
export function rougeL(references: readonly string[], candidates: readonly string[]): number {
  const scores = references.map((reference, i) => {
    const [wanted, said] = [words(reference), words(candidates[i] ?? '')];
    const common = longestCommon(wanted, said);
    return common === 0 ? 0 : (2 * common) / (wanted.length + said.length);
  });
  return scores.length === 0 ? 0 : scores.reduce((a, b) => a + b, 0) / scores.length;
}

function longestCommon(a: readonly string[], b: readonly string[]): number {
  let row = new Array<number>(b.length + 1).fill(0);
  for (const word of a) {
    const next = [0];
    b.forEach((other, j) => next.push(word === other ? (row[j] ?? 0) + 1 : Math.max(row[j + 1] ?? 0, next[j] ?? 0)));
    row = next;
  }
  return row.at(-1) ?? 0;
}
