/** Bounds and habits of the code that a sizing counts with; a test holds them against it. Milliseconds and bytes. */
export const LIMITS = {
  /** flow.max_batch and flow.max_wait_ms. */
  batch: 8,
  company: 5,
  /** Batches that a flow process has taken at a time. */
  flowLanes: 2,
  /** A dead worker's jobs go to another one after so long. */
  redelivery: 4000,
  /** Half of a job's life: what can't be done in this time is turned away. */
  bearable: 10_000,
  /** Jobs of a queue that may be with workers. */
  unacked: 1000,
  /** Of each queue. */
  queueBytes: 256 * 2 ** 20,
  /** bus.image_megabytes. */
  imageBytes: 256 * 2 ** 20,
  /** Between two words of a node about itself, which every other one hears. */
  beat: 2000,
  /** Times that a publisher is sent on (307). */
  hops: 3,
  /** `Retry-After` where there is no room. */
  retryAfter: 10_000,
} as const;
