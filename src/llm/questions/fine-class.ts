/** Combinations of action units by which EMFACS and the coding guides of the published sets name a class; the first that is shown decides. */
const CLASSES: readonly (readonly [name: string, units: readonly number[]])[] = [
  ['fear', [1, 2, 4]],
  ['fear', [1, 4, 20]],
  ['surprise', [1, 2]],
  ['sadness', [1, 4]],
  ['sadness', [15, 17]],
  ['disgust', [9]],
  ['disgust', [10]],
  ['anger', [4, 7]],
  ['anger', [4, 24]],
  ['happiness', [12]],
];

/** The class that the units stand for; undefined where they stand for none, or for two. */
export function fineClassOf(units: ReadonlySet<number>): string | undefined {
  const shown = CLASSES.filter(([, needed]) => needed.every((unit) => units.has(unit)));
  const [first] = shown;
  // A smile beside signs of something else is either masked or mixed.
  if (first && first[0] !== 'happiness' && shown.some(([name]) => name === 'happiness')) return undefined;
  return first?.[0];
}
