import { extname } from 'node:path';
import { CliError } from './cli-error.js';

/** What `analyze` writes. */
export type OutputFormat = 'jsonl' | 'json' | 'csv' | 'eaf' | 'bids';

export const OUTPUT_FORMATS: readonly OutputFormat[] = ['jsonl', 'json', 'csv', 'eaf', 'bids'];

const BY_ENDING: Readonly<Record<string, OutputFormat>> = {
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.json': 'json',
  '.csv': 'csv',
  '.eaf': 'eaf',
  '.tsv': 'bids',
};

/**
 * The format of an output: the one asked for, else by the file's ending in any case; JSON Lines on stdout.
 *
 * @returns `warning` where the ending says another format than was asked for
 * @throws {CliError} of exit code 2 where the ending is not known
 */
export function outputFormat(out: string, asked?: OutputFormat): { readonly format: OutputFormat; readonly warning?: string } {
  const ending = out === '-' ? '.jsonl' : extname(out).toLowerCase();
  const known = Object.hasOwn(BY_ENDING, ending) ? BY_ENDING[ending] : undefined;
  if (asked !== undefined) {
    return out === '-' || known === undefined || known === asked
      ? { format: asked }
      : { format: asked, warning: `${out} ends in ${ending} but is written as ${asked}, as set by --format` };
  }
  if (known === undefined)
    throw new CliError(
      `--out ${out}: unknown extension${ending === '' ? '' : ` ${ending}`}; use ${Object.keys(BY_ENDING).join(', ')}, or set the format with --format`,
      { exitCode: 2 },
    );
  return { format: known };
}

/** The name of a result, and for BIDS that of the file beside it that describes its columns. */
export function resultNames(stem: string, format: OutputFormat): { readonly result: string; readonly description?: string } {
  return format === 'bids' ? { result: `${stem}_events.tsv`, description: `${stem}_events.json` } : { result: `${stem}.${format}` };
}

/** Where the header of a result goes: for BIDS into the description of its columns. */
export const headerPath = (out: string, format: OutputFormat): string =>
  format === 'bids' ? `${out.replace(/\.tsv$/i, '')}.json` : `${out}.meta.json`;
