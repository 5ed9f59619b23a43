import { describe, expect, it } from 'vitest';
import { condition, type Facts } from './condition.js';

const well: Facts = {
  publisher: { phase: 'live', session: 's' },
  stream: { phase: 'open' },
  liveFor: 10_000,
  statsAge: 500,
  trackAge: 90,
  fpsIn: 30,
  fpsAnalyzed: 30,
  faces: [[]],
  endReason: undefined,
  source: 'camera',
};
const code = (change: Partial<Facts>): string => condition({ ...well, ...change }).code;

describe('condition', () => {
  it('is live where a face can be measured', () => {
    expect(condition(well)).toMatchObject({ level: 'good', code: 'live' });
    expect(code({ faces: [['too_dark'], []] })).toBe('live');
    expect(code({ publisher: undefined })).toBe('live');
  });

  it('says what is wrong with the picture', () => {
    expect(code({ faces: [['too_dark', 'blurred']] })).toBe('too_dark');
    expect(code({ faces: [['turned', 'blurred'], ['too_small']] })).toBe('too_small');
    expect(condition({ ...well, faces: [['something_new']] }).detail).toContain('something_new');
    expect(code({ faces: [] })).toBe('no_face');
    expect(code({ trackAge: 2000 })).toBe('no_face');
    expect(code({ fpsIn: 0 })).toBe('no_frames');
    expect(code({ statsAge: 9000 })).toBe('no_frames');
  });

  it("admits that the server can't keep up", () => {
    expect(condition({ ...well, fpsAnalyzed: 12 })).toMatchObject({ level: 'warn', code: 'overloaded' });
    expect(code({ fpsAnalyzed: 12, liveFor: 4500 })).toBe('live');
    expect(code({ fpsIn: 8, fpsAnalyzed: 8 })).toBe('few_frames');
    expect(code({ fpsIn: 30, fpsAnalyzed: 12, faces: [['few_frames']] })).toBe('overloaded');
    expect(code({ faces: [['few_frames']] })).toBe('few_frames');
    expect(code({ faces: [['few_frames'], ['turned']] })).toBe('live');
    expect(code({ faces: [['turned', 'few_frames']] })).toBe('turned');
  });

  it('gives a new session time', () => {
    expect(code({ liveFor: 500, trackAge: Infinity, fpsIn: undefined, statsAge: Infinity, faces: [] })).toBe('starting');
    expect(code({ liveFor: 1500, trackAge: 60, fpsIn: undefined, statsAge: Infinity })).toBe('starting');
    expect(code({ liveFor: 5000, trackAge: Infinity, fpsIn: undefined, statsAge: Infinity, faces: [] })).toBe('no_frames');
  });

  it('puts the connection before the picture', () => {
    expect(code({ stream: { phase: 'waiting', retryIn: 900, attempt: 1 } })).toBe('reconnecting');
    expect(code({ publisher: { phase: 'restarting', session: 's' } })).toBe('reconnecting');
    expect(condition({ ...well, publisher: { phase: 'waiting', reason: 'Full.', retryIn: 4200, attempt: 1 } }).detail).toBe(
      'Full. Retrying in 4 s.',
    );
    expect(condition({ ...well, publisher: { phase: 'refused', reason: 'Token needed.' } })).toMatchObject({
      code: 'refused',
      detail: 'Token needed.',
    });
    expect(code({ publisher: { phase: 'idle' } })).toBe('idle');
    expect(code({ endReason: 'timeout' })).toBe('ended');
  });
});
