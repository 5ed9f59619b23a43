/** FACS names (Ekman, Friesen & Hager 2002) of the action units that answers mention, and how else people write them. */
const NAMES: Readonly<Record<number, readonly string[]>> = {
  1: ['inner brow raiser', 'inner brow raise', 'inner eyebrow raiser'],
  2: ['outer brow raiser', 'outer brow raise', 'outer eyebrow raiser'],
  4: ['brow lowerer', 'brow lowering', 'eyebrow lowerer', 'brow furrower'],
  5: ['upper lid raiser', 'upper eyelid raiser'],
  6: ['cheek raiser', 'cheek raise'],
  7: ['lid tightener', 'eyelid tightener'],
  9: ['nose wrinkler', 'nose wrinkle'],
  10: ['upper lip raiser', 'upper lip raise'],
  12: ['lip corner puller', 'lip corner pull'],
  13: ['sharp lip puller', 'cheek puffer'],
  14: ['dimpler', 'dimple'],
  15: ['lip corner depressor'],
  16: ['lower lip depressor'],
  17: ['chin raiser', 'chin raise'],
  18: ['lip pucker', 'lip puckerer'],
  20: ['lip stretcher', 'lip stretch'],
  22: ['lip funneler', 'lip funneller'],
  23: ['lip tightener'],
  24: ['lip pressor', 'lip presser'],
  25: ['lips part'],
  26: ['jaw drop'],
  27: ['mouth stretch'],
  28: ['lip suck'],
  43: ['eyes closed', 'eye closure'],
  45: ['blink'],
};

/** Numbers that FACS gives to action units, eye and head positions among them; anything else after "AU" is a slip. */
export const KNOWN_UNITS: ReadonlySet<number> = new Set([
  1, 2, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38,
  39, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54, 55, 56, 57, 58, 61, 62, 63, 64, 65, 66,
]);

const BY_NAME = new Map(Object.entries(NAMES).flatMap(([number, names]) => names.map((name) => [name, Number(number)] as const)));

/** One alternation of all names, longest first; no nested quantifier, so linear. */
export const NAME_PATTERN = [...BY_NAME.keys()]
  .sort((a, b) => b.length - a.length)
  .map((name) => name.replaceAll(' ', '[ -]'))
  .join('|');

/** The number behind a name, if it is one. */
export function unitNamed(name: string): number | undefined {
  return BY_NAME.get(name.toLowerCase().replaceAll('-', ' '));
}

/** The FACS name of a unit, e.g. 12: lip corner puller. */
export function unitName(number: number): string | undefined {
  return NAMES[number]?.[0];
}
