import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/property-runs.js';
import { FileClock } from './file-clock.js';

/** Milliseconds of frames with these timestamps, seconds. */
function times(
  timestamps: readonly (number | undefined)[],
  options: ConstructorParameters<typeof FileClock>[0] = { nominal: 25 },
): { ms: number[]; strays: number; jumps: number } {
  const clock = new FileClock(options);
  const ms = timestamps.map((t, index) => Math.round(clock.seconds(t, index, timestamps[index + 1]) * 1000));
  return { ms, strays: clock.faults.strayTimestamps, jumps: clock.faults.timestampJumps };
}

describe('FileClock', () => {
  it('starts at 0 and keeps a variable rate', () => {
    expect(times([5, 5.04, 5.2])).toEqual({ ms: [0, 40, 200], strays: 0, jumps: 0 });
  });

  it('puts a frame without a timestamp one interval later', () => {
    expect(times([0, undefined, 0.06, 0.1])).toEqual({ ms: [0, 40, 60, 100], strays: 0, jumps: 0 });
  });

  it('puts a stray timestamp between its neighbours, wherever it is', () => {
    expect(times([0, 0.04, 3600, 0.12, 0.16])).toEqual({ ms: [0, 40, 80, 120, 160], strays: 1, jumps: 0 });
    expect(times([0, 0.04, 0, 0.12])).toEqual({ ms: [0, 40, 80, 120], strays: 1, jumps: 0 });
    expect(times([0, 0.04, 0.04, 0.08])).toEqual({ ms: [0, 40, 60, 80], strays: 1, jumps: 0 });
    expect(times([3600, 0.04, 0.08])).toEqual({ ms: [0, 40, 80], strays: 1, jumps: 0 });
    expect(times([0, 3600, 3600.04, 3600.08]).strays).toBe(1);
    expect(times([0, 0.04, 3600])).toEqual({ ms: [0, 40, 80], strays: 1, jumps: 0 });
  });

  it('keeps a pause, and goes on where recordings were joined', () => {
    expect(times([0, 0.04, 60, 60.04])).toEqual({ ms: [0, 40, 60_000, 60_040], strays: 0, jumps: 1 });
    expect(times([10, 10.04, 0, 0.04, 0.3])).toEqual({ ms: [0, 40, 80, 120, 380], strays: 0, jumps: 1 });
  });

  it('goes by the given rate alone', () => {
    expect(times([0, 3600, 1], { fps: 200, nominal: 30 })).toEqual({ ms: [0, 5, 10], strays: 0, jumps: 0 });
  });

  it('grows whatever a file says', () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.double({ min: -1e5, max: 1e5, noNaN: true }), { nil: undefined }), { maxLength: 30 }),
        (timestamps) => {
          const clock = new FileClock({ nominal: 25 });
          let last = -1;
          timestamps.forEach((t, index) => {
            const now = clock.seconds(t, index, timestamps[index + 1]);
            expect(now).toBeGreaterThan(last);
            last = now;
          });
        },
      ),
      { numRuns: runs(300) },
    );
  });
});
