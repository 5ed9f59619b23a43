/** What a column of `*_events.tsv` holds, as BIDS describes it in `*_events.json`. */
export interface ColumnDescription {
  readonly LongName?: string;
  readonly Description: string;
  readonly Units?: string;
  readonly Levels?: Readonly<Record<string, string>>;
}

/** Columns of `*_events.tsv` in their order: BIDS wants `onset` and `duration` first. */
export const BIDS_COLUMNS = {
  onset: { Description: 'Begin of the event, from the first frame of the video', Units: 's' },
  duration: { Description: 'From onset to offset of an expression, n/a if the offset was not seen; 0 for a marker', Units: 's' },
  trial_type: {
    LongName: 'Kind of event',
    Description: 'What the event is',
    Levels: {
      micro: 'Micro-expression: a facial movement of at most half a second',
      macro: 'Macro-expression: a longer facial movement',
      marker: 'Set by another program: a trial, a stimulus, a response',
    },
  },
  value: { LongName: 'Marker code', Description: 'Code of a marker' },
  trial: { Description: 'Trial that a marker names' },
  stimulus: { Description: 'Stimulus that a marker names' },
  apex: { Description: 'Time of the strongest movement, from the first frame of the video', Units: 's' },
  face: { Description: 'Identifier of the face in the video' },
  score: { Description: "The spotter's confidence, from 0 to 1" },
  action_units: { Description: 'FACS action units joined by +; L and R: only on the side that is left or right of the person' },
  category: { Description: 'Category that was inferred from the action units' },
  annotation: { Description: 'Identifier of the annotation or marker in mellm-live' },
} as const satisfies Readonly<Record<string, ColumnDescription>>;

export type BidsColumn = keyof typeof BIDS_COLUMNS;
