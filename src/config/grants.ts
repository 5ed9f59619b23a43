/** What a token allows; `admin` includes the others. */
export const GRANTS = ['publish', 'watch', 'review', 'metrics', 'admin'] as const;
export type Grant = (typeof GRANTS)[number];
