/** The content type of OpenMetrics 1.0. */
export const OPENMETRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/**
 * Prometheus' text format as OpenMetrics has it: a counter's family is named without `_total`, there are no empty lines, and the end is
 * marked. prom-client's own OpenMetrics registry renames the counters for good, so that the text format loses their `_total` afterwards.
 */
export function toOpenMetrics(text: string): string {
  const counters = new Set([...text.matchAll(/^# TYPE (\w+)_total counter$/gm)].map(([, name]) => `${name ?? ''}_total`));
  const lines = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [, head = '', name = '', rest = ''] = /^(# (?:HELP|TYPE) )(\w+)(.*)$/.exec(line) ?? [];
      return counters.has(name) ? `${head}${name.slice(0, -'_total'.length)}${rest}` : line;
    });
  return `${lines.join('\n')}\n# EOF\n`;
}
