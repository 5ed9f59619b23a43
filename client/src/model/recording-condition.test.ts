import { expect, it } from 'vitest';
import { recordingCondition } from './recording-condition.js';

it('describes the state of a recording', () => {
  expect(recordingCondition({ phase: 'uploading', share: 0.5 })).toMatchObject({ code: 'uploading', detail: '50 % uploaded.' });
  expect(recordingCondition({ phase: 'uploading', share: 0.5, message: "The server can't be reached." })).toMatchObject({
    level: 'warn',
    code: 'reconnecting',
  });
  expect(recordingCondition({ phase: 'waiting', message: '2 before it' }).detail).toBe(
    'The server is analysing other recordings (2 before it).',
  );
  expect(recordingCondition({ phase: 'analyzing', share: 0.25, speed: 3 }).detail).toBe('25 % done, 3.0 × real time.');
  expect(recordingCondition({ phase: 'analyzing' }).detail).toBe('Measuring every frame.');
  expect(recordingCondition({ phase: 'failed', message: 'a.mp4 is not a video' })).toMatchObject({
    level: 'bad',
    detail: 'a.mp4 is not a video',
  });
});
