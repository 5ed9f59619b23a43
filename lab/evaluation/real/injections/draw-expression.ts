import type { ExpressionLibrary } from '../fields/expression-library.js';

/** An action unit as it is to show; sides are the person's. */
export interface DrawnUnit {
  readonly au: number;
  readonly side: 'left' | 'right' | 'both';
  /** Strength relative to the other units. */
  readonly share: number;
}

/** Draws action units together as often as coders saw them; counts flattened, so that rare units appear too. */
export function drawExpression(library: ExpressionLibrary, random: () => number): DrawnUnit[] {
  const weights = library.combinations.map(([, count]) => count ** 0.6);
  let at = random() * weights.reduce((sum, weight) => sum + weight, 0);
  const index = weights.findIndex((weight) => (at -= weight) < 0);
  const [aus] = library.combinations[Math.max(index, 0)]!;
  return aus.map((au) => {
    const oneSided = random() < (library.unilateral.get(au) ?? 0);
    const side = random() < 0.5 ? 'left' : 'right';
    return { au, side: oneSided ? side : 'both', share: 0.75 + 0.5 * random() };
  });
}

/** Blendshapes of drawn units, each with its share of the motion. */
export function sharesOf(library: ExpressionLibrary, units: readonly DrawnUnit[]): Map<string, number> {
  const shares = new Map<string, number>();
  const add = (name: string, share: number): void => {
    shares.set(name, Math.max(shares.get(name) ?? 0, share));
  };
  for (const { au, side, share } of units) {
    for (const [name, weight] of Object.entries(library.units.get(au) ?? {})) {
      if (!name.endsWith('_')) {
        add(name, weight * share);
        continue;
      }
      if (side !== 'right') add(`${name}L`, weight * share);
      if (side !== 'left') add(`${name}R`, weight * share);
    }
  }
  return shares;
}
