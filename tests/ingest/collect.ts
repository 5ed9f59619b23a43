import type { EndReason, Frame, FrameSource, SourceCounters, VideoFormat } from '../../src/ingest/mod.js';

/** Everything that a source said. */
export interface Collected {
  readonly formats: VideoFormat[];
  /** Without their data, which would fill the memory. */
  readonly frames: Omit<Frame, 'data'>[];
  /** Luma in the middle of the top left quarter, by frame. */
  readonly luma: number[];
  readonly faults: string[];
  counters: Readonly<SourceCounters> | undefined;
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
    faults: [],
    counters: undefined,
    ends: 0,
    ended: new Promise((resolve) => {
      ended = resolve;
    }),
  };
  source.start((event) => {
    switch (event.type) {
      case 'format':
        collected.formats.push(event.format);
        break;
      case 'frame': {
        const { data, ...frame } = event.frame;
        collected.frames.push(frame);
        collected.luma.push(data[Math.floor(frame.height / 4) * frame.width + Math.floor(frame.width / 4)] ?? 0);
        if (options.ack !== false) source.ack();
        break;
      }
      case 'counters':
        collected.counters = event.counters;
        break;
      case 'fault':
        collected.faults.push(event.code);
        break;
      case 'end':
        collected.ends++;
        ended({ reason: event.reason, message: event.message });
        break;
    }
  });
  return collected;
}

/** Places where frames of a 30 fps stream are missing. */
export function gapsOf({ frames }: Collected): number {
  return frames.filter(({ t }, i) => i > 0 && t - (frames[i - 1]?.t ?? t) > 1.5 / 30).length;
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
