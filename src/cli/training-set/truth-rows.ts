import type { CodedWindow, Coder } from '../../events/coding/mod.js';

/** Columns of `truth.csv` (training/README.md). */
export const TRUTH_COLUMNS = [
  'clip',
  'person',
  'source',
  'condition',
  'fps',
  'kind',
  'onset',
  'apex',
  'offset',
  'peak_px',
  'peak_px_200',
  'aus',
  'sides',
  'what',
] as const;
export type TruthRow = Readonly<Record<(typeof TRUTH_COLUMNS)[number], string>>;

/** A recording as `clips.csv` names it. */
export interface TrainingClip {
  /** Name of its file. */
  readonly clip: string;
  readonly person: string;
  readonly fps: number;
}

/** What the tables call recordings that were coded by people, not made. */
export const SOURCE = 'real';
export const CONDITION = 'reviewed';

/** What a coder says of a recording: expressions, and as `other` the alerts that were rejected: no alert may be raised there. */
export function truthRows(clip: TrainingClip, file: string, coder: Coder, machine: Coder | undefined): TruthRow[] {
  const own = coder.windows.filter((window) => window.file === file).map((window) => rowOf(clip, window, kindOf(window)));
  const rejected = (machine?.windows ?? [])
    .filter((window) => window.file === file && window.id !== undefined && coder.verdicts?.get(window.id) === 'rejected')
    .map((window) => rowOf(clip, { ...window, aus: [] }, 'other'));
  return [...own, ...rejected].sort((a, b) => Number(a.onset) - Number(b.onset));
}

/** Longest micro-expression, seconds, where the coder did not say which it is. */
const MICRO_MAX_S = 0.5;

function kindOf({ kind, onset, offset }: CodedWindow): string {
  return kind === 'micro' || kind === 'macro' ? kind : offset - onset <= MICRO_MAX_S ? 'micro' : 'macro';
}

function rowOf({ clip, person, fps }: TrainingClip, { onset, apex, offset, aus }: CodedWindow, kind: string): TruthRow {
  const units = aus.flatMap((unit) => {
    const [, side = '', number] = /^([LR]?)(\d+)$/.exec(unit) ?? [];
    return number === undefined ? [] : [{ number, side: side || 'B' }];
  });
  return {
    clip,
    person,
    source: SOURCE,
    condition: CONDITION,
    fps: String(fps),
    kind,
    onset: onset.toFixed(3),
    apex: apex?.toFixed(3) ?? '',
    offset: offset.toFixed(3),
    peak_px: '',
    peak_px_200: '',
    aus: units.map(({ number }) => number).join('+'),
    sides: units.map(({ side }) => side).join('+'),
    what: '',
  };
}
