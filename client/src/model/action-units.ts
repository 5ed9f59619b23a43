/** What a FACS action unit is called, and where on a schematic face (0..100, the viewer's left half mirrored) it shows. */
export interface ActionUnitPlace {
  readonly name: string;
  /** On the person's left side, which is the viewer's right; mirrored for the other. x = 50 is the middle. */
  readonly x: number;
  readonly y: number;
}

/** Names after Ekman, Friesen and Hager, Facial Action Coding System (2002). */
const UNITS: Readonly<Record<string, ActionUnitPlace>> = {
  AU1: { name: 'Inner brow raiser', x: 58, y: 29 },
  AU2: { name: 'Outer brow raiser', x: 74, y: 29 },
  AU4: { name: 'Brow lowerer', x: 56, y: 36 },
  AU5: { name: 'Upper lid raiser', x: 67, y: 41 },
  AU6: { name: 'Cheek raiser', x: 78, y: 53 },
  AU7: { name: 'Lid tightener', x: 67, y: 49 },
  AU9: { name: 'Nose wrinkler', x: 55, y: 52 },
  AU10: { name: 'Upper lip raiser', x: 58, y: 70 },
  AU11: { name: 'Nasolabial deepener', x: 65, y: 65 },
  AU12: { name: 'Lip corner puller', x: 70, y: 74 },
  AU13: { name: 'Sharp lip puller', x: 70, y: 71 },
  AU14: { name: 'Dimpler', x: 73, y: 78 },
  AU15: { name: 'Lip corner depressor', x: 67, y: 84 },
  AU16: { name: 'Lower lip depressor', x: 58, y: 86 },
  AU17: { name: 'Chin raiser', x: 50, y: 95 },
  AU18: { name: 'Lip pucker', x: 50, y: 76 },
  AU20: { name: 'Lip stretcher', x: 74, y: 82 },
  AU22: { name: 'Lip funneler', x: 50, y: 80 },
  AU23: { name: 'Lip tightener', x: 60, y: 78 },
  AU24: { name: 'Lip pressor', x: 50, y: 78 },
  AU25: { name: 'Lips part', x: 50, y: 79 },
  AU26: { name: 'Jaw drop', x: 50, y: 90 },
  AU27: { name: 'Mouth stretch', x: 50, y: 88 },
  AU28: { name: 'Lip suck', x: 50, y: 82 },
  AU43: { name: 'Eyes closed', x: 67, y: 45 },
  AU45: { name: 'Blink', x: 67, y: 45 },
};

/** Name and place of an action unit; undefined for numbers without an entry here. */
export function actionUnit(au: string): ActionUnitPlace | undefined {
  return UNITS[au];
}

/** Where to mark an action unit on the schematic face, in the viewer's view: the person's left is on the right. */
export function marks(au: string, side: 'left' | 'right' | 'both'): { x: number; y: number }[] {
  const place = UNITS[au];
  if (!place) return [];
  if (place.x === 50) return [{ x: 50, y: place.y }];
  const left = { x: place.x, y: place.y };
  const right = { x: 100 - place.x, y: place.y };
  return side === 'both' ? [right, left] : side === 'left' ? [left] : [right];
}
