/** The categories of a micro-expression, in the order in which they are shown and counted. `none` (no category was named) is no label. */
export const EMOTION_LABELS = ['negative', 'positive', 'surprise', 'other'] as const;
