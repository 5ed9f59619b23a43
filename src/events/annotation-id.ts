/** Id of the n-th annotation (from 1) of a session: `<session>-<n>`. */
export const annotationId = (session: string, n: number): string => `${session}-${String(n)}`;

/** The session of an annotation by its id; empty where the id is of another form, and no session has that id. Rights are judged by it. */
export const sessionOf = (annotation: string): string => annotation.slice(0, Math.max(0, annotation.lastIndexOf('-')));
