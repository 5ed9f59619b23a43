/** A window as a person or a program coded it. */
export interface CodedWindow {
  /** Who coded it: a tier, a column, or the file's name. */
  readonly coder: string;
  /** Of an annotation of this program. */
  readonly id?: string | undefined;
  /** Recording, without folder and ending; empty where the source does not name it. */
  readonly file: string;
  /** Seconds. */
  readonly onset: number;
  readonly apex?: number | undefined;
  readonly offset: number;
  /** `micro`, `macro`, or whatever the coder calls it. */
  readonly kind: string;
  /** Action units by number and side as coded: `12`, `L12`. */
  readonly aus: readonly string[];
  readonly category?: string | undefined;
  /** How sure a program is; a person gives none. */
  readonly score?: number | undefined;
}

/** The windows of one coder. */
export interface Coder {
  readonly name: string;
  readonly windows: readonly CodedWindow[];
  /** What was judged of a reviewed session, by annotation. */
  readonly verdicts?: ReadonlyMap<string, Verdict>;
}

/** Whether a coder holds an alert for right. */
export type Verdict = 'accepted' | 'rejected';

/** What a source holds: windows, and coders that may have none. */
export interface Coding {
  readonly coders: readonly string[];
  readonly windows: readonly CodedWindow[];
  readonly verdicts?: readonly { readonly coder: string; readonly annotation: string; readonly verdict: Verdict }[];
}

/** The coder of what this program found, in a source that has coders. */
export const MACHINE = 'machine';

/** A coding is not readable; the message names the place and the fix. */
export class CodingError extends Error {
  override readonly name = 'CodingError';
}

const ENDINGS = /(?:_events(?=\.tsv$))?\.(?:mp4|m4v|mov|webm|mkv|avi|mpe?g|wmv|mts|ogv|csv|tsv|eaf)$/i;

/** A recording's name as all sources share it: without folder, player number (BORIS) and ending. */
export function recordingName(path: string): string {
  const name = path.trim().replace(/^player #\d+:/, '');
  return (name.split(/[/\\]/).at(-1) ?? '').replace(ENDINGS, '');
}
