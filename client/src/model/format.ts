/** Media seconds as `m:ss.mmm`. */
export function clock(t: number): string {
  const ms = Math.max(0, Math.round(t * 1000));
  const minutes = Math.floor(ms / 60_000);
  return `${String(minutes)}:${String(Math.floor(ms / 1000) % 60).padStart(2, '0')}.${String(ms % 1000).padStart(3, '0')}`;
}

/** The span between two media times in milliseconds, e.g. `180 ms`; a dash where one is unknown. */
export function span(from: number | null | undefined, to: number | null | undefined): string {
  return from === null || from === undefined || to === null || to === undefined ? '–' : `${String(Math.round((to - from) * 1000))} ms`;
}

/** Milliseconds, rounded; a dash where unknown. */
export function milliseconds(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : `${String(Math.round(value))} ms`;
}

/** A share of one as a percentage without decimals. */
export function percent(value: number): string {
  return `${String(Math.round(value * 100))} %`;
}

/** Bytes in a unit that can be read. */
export function bytes(value: number): string {
  return value < 1e6 ? `${String(Math.round(value / 1e3))} kB` : `${(value / 1e6).toFixed(1)} MB`;
}

/** `brow_inner_left` as people write it. */
export function words(name: string): string {
  return name.replaceAll('_', ' ');
}
