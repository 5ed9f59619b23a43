import type { EmotionLabel } from '../../../src/events/schema.js';

/** The MEGC's three classes, and the rest. */
export type Category = EmotionLabel;

/** Words of the data sets by class (MEGC 2019 and later; repression counts as negative). */
const WORDS: Readonly<Record<string, Category>> = {
  positive: 'positive',
  happiness: 'positive',
  happy: 'positive',
  joy: 'positive',
  surprise: 'surprise',
  surprised: 'surprise',
  negative: 'negative',
  disgust: 'negative',
  fear: 'negative',
  anger: 'negative',
  angry: 'negative',
  sad: 'negative',
  sadness: 'negative',
  contempt: 'negative',
  repression: 'negative',
};

/** The class of a data set's word; `other` where it is none of the three. */
export function categoryOf(emotion: string): Category {
  return WORDS[emotion.trim().toLowerCase()] ?? 'other';
}
