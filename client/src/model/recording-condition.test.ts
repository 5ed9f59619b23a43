import { expect, it } from 'vitest';
import { recordingCondition } from './recording-condition.js';

it('tells how far a recording is', () => {
  expect(recordingCondition({ phase: 'uploading', share: 0.5 })).toMatchObject({ code: 'uploading', detail: '50 % has arrived.' });
  expect(recordingCondition({ phase: 'uploading', share: 0.5, message: "The server can't be reached." })).toMatchObject({
    level: 'warn',
    code: 'reconnecting',
  });
  expect(recordingCondition({ phase: 'waiting', message: '2 before it' }).detail).toBe('The server analyses others first (2 before it).');
  expect(recordingCondition({ phase: 'analyzing', share: 0.25, speed: 3 }).detail).toBe('25 % done, 3.0 times as fast as it plays.');
  expect(recordingCondition({ phase: 'analyzing' }).detail).toBe('Every frame is measured.');
  expect(recordingCondition({ phase: 'failed', message: 'a.mp4 is not a video' })).toMatchObject({
    level: 'bad',
    detail: 'a.mp4 is not a video',
  });
});
