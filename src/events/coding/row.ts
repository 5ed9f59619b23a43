/** A row of a table by the titles of its columns. */
export type Row = Readonly<Record<string, string>>;
