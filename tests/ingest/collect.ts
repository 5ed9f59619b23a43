import type { EndReason, Frame, FrameSource, SourceCounters, VideoFormat } from '../../src/ingest/mod.js';

/** Everything that a source said. */
export interface Collected {
  readonly formats: VideoFormat[];
  /** Without their data, which would fill the memory. */
  readonly frames: Omit<Frame, 'data'>[];
  /** Luma in the middle of the top left quarter, by frame. */
  readonly luma: number[];
  readonly gaps: string[];
  readonly faults: string[];
  counters: SourceCounters | undefined;
  readonly ended: Promise<{ readonly reason: EndReason; readonly message: string | undefined }>;
  /** Calls of `end`, which should be one. */
  ends: number;
}

export function collect(source: FrameSource, options: { readonly ack?: boolean } = {}): Collected {
  let ended!: (end: { reason: EndReason; message: string | undefined }) => void;
  const collected: Collected = {
    formats: [],
    frames: [],
    luma: [],
    gaps: [],
    faults: [],
    counters: undefined,
    ends: 0,
    ended: new Promise((resolve) => {
      ended = resolve;
    }),
  };
  source.start({
    format: (format) => {
      collected.formats.push(format);
    },
    frame: ({ data, ...frame }) => {
      collected.frames.push(frame);
      collected.luma.push(data[Math.floor(frame.height / 4) * frame.width + Math.floor(frame.width / 4)] ?? 0);
      if (options.ack !== false) source.ack();
    },
    counters: (counters) => {
      collected.counters = counters;
    },
    gap: (reason) => {
      collected.gaps.push(reason);
    },
    fault: (code) => {
      collected.faults.push(code);
    },
    end: (reason, message) => {
      collected.ends++;
      ended({ reason, message });
    },
  });
  return collected;
}

export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** Waits until `condition`; fails with `what` after `timeout` ms. */
export async function until(condition: () => boolean, what: string, timeout = 20_000): Promise<void> {
  const begun = Date.now();
  while (!condition()) {
    if (Date.now() - begun > timeout) throw new Error(`waited ${String(timeout)} ms for ${what}`);
    await sleep(20);
  }
}
