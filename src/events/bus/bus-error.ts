/** What went wrong on the bus. */
export type BusErrorCode =
  /** No NATS server answers, or it refuses us. */
  | 'bus_unreachable'
  /** The NATS server runs without JetStream. */
  | 'bus_no_jetstream'
  /** A message that another version wrote, or that is damaged. */
  | 'bus_message_invalid'
  /** A worker reported that a job failed for good. */
  | 'bus_job_failed';

/** A failure of the bus; the message tells the fix. */
export class BusError extends Error {
  override readonly name = 'BusError';
  readonly code: BusErrorCode;

  constructor(code: BusErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
