/* A heading or a line's beginning that opens the third part: "### 3.", "**Summary**", "3. Summarize", "In summary,". */
const HEADING =
  /^[ \t]{0,4}(?:#{1,6}[ \t]{0,3}|\*{1,3}[ \t]?|[-•][ \t]?)?(?:\*{1,2})?(?:(?:part |step )?[23][.):][ \t]{0,3}\**[ \t]{0,2})?(?:in )?(?:summary|summari[sz](?:e|ing|ation)|conclusion|final (?:answer|summary|result))\b|^[ \t]{0,4}#{1,6}[ \t]{0,3}\**3\b/gim;

/** The part of an answer that sums up, or undefined where there is none: what follows the last heading of that kind. */
export function summaryOf(text: string): string | undefined {
  const last = [...text.matchAll(HEADING)].at(-1);
  return last === undefined ? undefined : text.slice(last.index);
}
