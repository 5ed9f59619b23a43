/**
 * The words of a Markdown text, for places that show it as it is: headings, emphasis, code marks, quotes, rules and links go, list items
 * get a bullet. Line by line and without nested quantifiers, so linear in the text's length.
 */
export function plainText(markdown: string): string {
  return markdown
    .split('\n')
    .filter((line) => !/^\s*(?:[-*_]\s*){3,}$|^\s*```/.test(line) && !/^[\s|:-]*\|[\s|:-]*$/.test(line))
    .map(plainLine)
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
}

function plainLine(line: string): string {
  return (
    line
      .replace(/^\s{0,8}(?:#{1,6}\s+|>\s?)+/, '')
      .replace(/^(\s{0,8})[-*+]\s+/, '$1• ')
      .replace(/\s+#+\s*$/, '')
      .replaceAll(/!?\[([^[\]]*)\]\([^()\s]*\)/g, '$1')
      .replaceAll(/`+/g, '')
      .replaceAll(/\*+(?=\S)|(?<=\S)\*+/g, '')
      // Underscores within a word are a name's own.
      .replaceAll(/(?<![\p{L}\p{N}])_+(?=\S)|(?<=\S)_+(?![\p{L}\p{N}])/gu, '')
      .replace(/^\s*\|(.*)\|\s*$/, (_, cells: string) =>
        cells
          .split('|')
          .map((cell) => cell.trim())
          .join(', '),
      )
  );
}
