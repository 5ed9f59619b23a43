const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

/**
 * The first `most` UTF-16 units of a text at most, cut between two characters as people see them: a half would be no character, or another
 * one.
 */
export function cutText(text: string, most: number): string {
  if (text.length <= most) return text;
  // One character may be made of any number of code points; nothing beyond the cut is looked at.
  let end = 0;
  for (const { index, segment } of graphemes.segment(text.slice(0, most + 1)))
    if (index + segment.length <= most) end = index + segment.length;
  return text.slice(0, end > 0 ? end : most).replace(/[\ud800-\udbff]$/, '');
}
