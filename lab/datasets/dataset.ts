/** Where a clip's frames are: in a video file, or in picture files, one a frame. */
export type ClipSource =
  | { readonly kind: 'video'; readonly path: string; /** Default: the file's own timestamps. */ readonly fps?: number }
  | {
      readonly kind: 'images';
      readonly paths: readonly string[];
      readonly fps: number;
      /** Which frame each picture is, from 0 and rising; a hole is a missing picture. Default: one after the other. */ readonly frames?: readonly number[];
    };

/** An action unit that a coder saw. */
export interface CodedUnit {
  /** `AU12`. */
  readonly au: string;
  /** The person's own side. */
  readonly side: 'left' | 'right' | 'both';
}

/** One movement that is known to be in a clip. Times are seconds from the clip's first frame. */
export interface TruthEvent {
  /** `micro` and `macro` are what is to be found; any other word names what must not be (`blink`, `speech`, …). */
  readonly kind: string;
  readonly onset: number;
  /** Absent where the coders gave none. */
  readonly apex?: number;
  readonly offset: number;
  /** Largest displacement, px on a face 200 px wide; known of synthetic sets only. */
  readonly peak?: number;
  readonly aus: readonly CodedUnit[];
  /** The data set's own word. */
  readonly emotion?: string;
  /** Known to be there, but not exactly when: neither found nor missed, and a window of its kind on it is no false alarm. Default false. */
  readonly rough?: boolean;
}

/** One recording of one person. */
export interface DatasetClip {
  /** Unique in the data set. */
  readonly id: string;
  readonly person: string;
  readonly source: ClipSource;
  /** Everything that is known to happen in it, by onset. */
  readonly truth: readonly TruthEvent[];
  /** What tables are made by, e.g. `{ condition: 'quiet', fps: '30' }`. */
  readonly groups: Readonly<Record<string, string>>;
}

/** A data set on disk. */
export interface Dataset {
  readonly name: string;
  readonly clips: readonly DatasetClip[];
  /** Whether its expressions were made, not recorded. Default false. */
  readonly synthetic?: boolean;
  /** What a reader of the results must know: clips that were left out and why. */
  readonly notes: readonly string[];
}
