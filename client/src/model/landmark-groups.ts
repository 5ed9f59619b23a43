/**
 * How many landmarks of `LANDMARK_SUBSET`, in its order, make up each part of the face, and whether its outline closes.
 * Every part's landmarks follow one another around (or along) it.
 */
const PARTS = [
  ['oval', 36, true],
  ['eye', 16, true],
  ['eye', 16, true],
  ['brow', 5, false],
  ['brow', 5, false],
  ['bridge', 6, false],
  ['nose', 5, false],
  ['lips', 20, true],
  ['lips', 20, true],
] as const;

/** One outline of the face: places `from` to `to` (exclusive) of a `track` event's `landmarks`. */
export interface LandmarkGroup {
  readonly part: (typeof PARTS)[number][0];
  readonly from: number;
  readonly to: number;
  readonly closed: boolean;
}

export const LANDMARK_GROUPS: readonly LandmarkGroup[] = (() => {
  let from = 0;
  return PARTS.map(([part, count, closed]) => {
    const group = { part, from, to: from + count, closed };
    from += count;
    return group;
  });
})();
