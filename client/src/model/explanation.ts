/** A line of an explanation, by what it is. */
export interface ExplanationLine {
  readonly kind: 'heading' | 'item' | 'plain';
  readonly text: string;
}

/** Tells headings (`### …`) and list items (`* …`, `- …`) from the rest. The text stays text: nothing in it is taken for markup. */
export function explanationLines(text: string): ExplanationLine[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const heading = /^#{1,6}\s+(.*)$/.exec(line);
      if (heading) return { kind: 'heading', text: heading[1] ?? '' };
      const item = /^\s*[*-]\s+(.*)$/.exec(line);
      return item ? { kind: 'item', text: item[1] ?? '' } : { kind: 'plain', text: line };
    });
}
