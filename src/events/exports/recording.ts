/** The recording that annotations were found in, as the files that leave the program name it. */
export interface Recording {
  /** The file's name; of a live session, the session's. */
  readonly name: string;
  /** Its absolute path; absent where there is no file. */
  readonly path?: string;
  /** Its path as seen from the folder of the result. */
  readonly relativePath?: string;
  /** Seconds on a player's clock at which media time is 0. Default 0. */
  readonly start?: number;
  /** Seconds on a player's clock that a second of media time takes: other than 1 where the frame rate was overridden. Default 1. */
  readonly pace?: number;
  /** Seconds of a frame. Default 0.04. */
  readonly frame?: number;
}

/** What a result was made from and how, in JSON: the head of `.json`, beside the others as `.meta.json`. */
export interface ResultHeader {
  readonly program: string;
  readonly file: { readonly name: string; readonly bytes: number; readonly sha256: string };
  readonly video: { readonly width: number; readonly height: number; readonly codec: string };
  /** Seconds on a player's clock at which media time is 0. */
  readonly start: number;
  /** Media seconds that were analysed. */
  readonly duration: number;
  /** Frames a second, where they were given. */
  readonly fps?: number;
  readonly frames: {
    readonly analyzed: number;
    readonly with_face: number;
    readonly not_analyzed: number;
    readonly not_decoded: number;
    readonly damaged: number;
    readonly stray_timestamps: number;
    readonly timestamp_jumps: number;
  };
  /** Annotations by what measured and described them. */
  readonly sources: { readonly flow: Readonly<Record<string, number>>; readonly text: Readonly<Record<string, number>> };
  /** Whether all of the file was analysed. */
  readonly complete: boolean;
  readonly warnings: readonly string[];
}
