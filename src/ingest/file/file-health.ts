/** What a recording turned out to be like while it was read. */
export interface FileHealth {
  /** Coded frames that could not be decoded. */
  readonly decodeErrors: number;
  /** Decoded frames that the decoder marks as damaged; they are not analysed. */
  readonly corruptFrames: number;
  /** Frames whose timestamp was wrong; they were placed between their neighbours. */
  readonly strayTimestamps: number;
  /** Places where the file's time jumps. */
  readonly timestampJumps: number;
  /** Seconds on a player's clock at which the first frame is shown, media time 0. */
  readonly start: number;
}

export const SOUND: FileHealth = { decodeErrors: 0, corruptFrames: 0, strayTimestamps: 0, timestampJumps: 0, start: 0 };

/** What a user should know of it, a sentence each; none where all was well. */
export function healthWarnings({ decodeErrors, corruptFrames, strayTimestamps, timestampJumps }: FileHealth): string[] {
  const warnings: [count: number, one: string, more: string][] = [
    [decodeErrors, 'frame could not be decoded and is missing', 'frames could not be decoded and are missing'],
    [corruptFrames, 'damaged frame was not analysed', 'damaged frames were not analysed'],
    [
      strayTimestamps,
      'frame had a wrong timestamp and was placed between its neighbours',
      'frames had wrong timestamps and were placed between their neighbours',
    ],
    [
      timestampJumps,
      "jump in the file's time: a pause, or recordings that were joined",
      "jumps in the file's time: pauses, or recordings that were joined",
    ],
  ];
  return warnings.filter(([count]) => count > 0).map(([count, one, more]) => `${String(count)} ${count === 1 ? one : more}`);
}
