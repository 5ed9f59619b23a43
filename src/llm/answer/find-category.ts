import type { EmotionLabel } from '../../events/schema.js';

/** What an answer concludes: one of the four labels, or that it saw no micro-expression. */
export type Category = EmotionLabel | 'none';

/* The coarse classes of the composite benchmark (MEGC 2019): fine labels fall into them. Contempt and repression count as negative. */
const WORDS: Readonly<Record<string, Category>> = {
  negative: 'negative',
  positive: 'positive',
  surprise: 'surprise',
  surprised: 'surprise',
  other: 'other',
  others: 'other',
  uncertain: 'other',
  ambiguous: 'other',
  happiness: 'positive',
  happy: 'positive',
  joy: 'positive',
  disgust: 'negative',
  anger: 'negative',
  angry: 'negative',
  fear: 'negative',
  sadness: 'negative',
  sad: 'negative',
  contempt: 'negative',
  repression: 'negative',
};
const WORD = new RegExp(String.raw`\b(?:${Object.keys(WORDS).join('|')})\b`, 'gi');
/** The instruction's own list, repeated: "Negative | Positive | Surprise". */
const ECHO =
  /\bnegative\b[\s*]{0,4}[|/,][\s*]{0,4}positive\b[\s*]{0,4}(?:[|/,]|or|, or)[\s*]{0,4}surprise\b(?:[\s*]{0,4}[|/,][\s*]{0,4}others?\b)?/gi;
const NONE =
  /\bno (?:clear |genuine |discernible |visible |significant )?(?:micro-?expression|facial expression|expression|action units?)\b|\bnot a micro-?expression\b/i;
/** "Category: Positive", "micro-expression is **negative**", "Emotion = Surprise". */
const STATED =
  /\b(?:category|micro-?expressions?|emotion|class(?:ification)?|conclusion|label)\b[\s*_`"]{0,4}(?:\((?:[^()]{0,60})\)[\s*_`"]{0,4})?(?::|=|is|as|→|->)[\s*_`"]{0,4}(?:(?:most )?(?:likely|probably|clearly) )?(?:a |an )?[\s*_`"]{0,4}(negative|positive|surprise|others?|uncertain|none)\b/gi;

/** The category that a text ends on, or undefined where it names none. A stated one ("Category: X") wins over words in passing. */
export function findCategory(text: string): Category | undefined {
  const own = text.replace(ECHO, ' ');
  const stated = [...own.matchAll(STATED)].at(-1)?.[1]?.toLowerCase();
  if (stated !== undefined) return stated === 'none' ? 'none' : WORDS[stated];
  if (NONE.test(own)) return 'none';
  let last: Category | undefined;
  for (const match of own.matchAll(WORD)) {
    if (
      /\b(?:no|not|neither|nor|than|rather than|instead of|rules? out|no sign of)\s(?:a |an )?$/i.test(
        own.slice(Math.max(0, match.index - 24), match.index),
      )
    )
      continue;
    last = WORDS[match[0].toLowerCase()];
  }
  return last;
}
