/** A failure of the store. `code` is stable. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  /**
   * `store_full`: no room on the disk. `store_io`: the disk refuses. `store_slow`: the disk does not answer in time.
   * `store_damaged`: the file is not a sound database. `store_in_use`: another process has the folder. `store_folder`: the folder
   * can't be made or written. `store_newer`: written by a later version. `store_unsupported`: no SQLite for this platform, or a database
   * that can't
   * hold every text. `store_unreachable`: the database server is away. `store_refused`: it refuses the user, the password or the rights.
   * `store_failed`: anything else.
   */
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

export type StoreErrorCode =
  | 'store_full'
  | 'store_io'
  | 'store_slow'
  | 'store_damaged'
  | 'store_in_use'
  | 'store_folder'
  | 'store_newer'
  | 'store_unsupported'
  | 'store_unreachable'
  | 'store_refused'
  | 'store_failed';
