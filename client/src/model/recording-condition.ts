import type { RecordingStatus } from '../app/recording-queue.js';
import type { Condition } from './condition.js';
import { percent } from './format.js';

/** What the page says about the recording that it shows. A pure function. */
export function recordingCondition({ phase, share, speed, message }: RecordingStatus): Condition {
  const done = share === undefined ? '' : percent(share);
  switch (phase) {
    case 'queued':
      return { level: 'busy', code: 'queued', title: 'Waiting', detail: 'Waiting for other uploads.' };
    case 'uploading':
      return message === undefined
        ? {
            level: 'busy',
            code: 'uploading',
            title: 'Uploading',
            detail: done === '' ? 'Sending the recording to the server.' : `${done} uploaded.`,
          }
        : { level: 'warn', code: 'reconnecting', title: 'Reconnecting', detail: `${message} The upload will resume.` };
    case 'waiting':
      return {
        level: 'busy',
        code: 'waiting',
        title: 'Waiting',
        detail: message === undefined ? 'The analysis starts soon.' : `The server is analysing other recordings (${message}).`,
      };
    case 'analyzing':
      return {
        level: 'good',
        code: 'analyzing',
        title: 'Analysing',
        detail:
          [done === '' ? 'Measuring every frame' : `${done} done`, ...(speed ? [`${speed.toFixed(1)} × real time`] : [])].join(', ') + '.',
      };
    case 'done':
      return {
        level: 'idle',
        code: 'ended',
        title: 'Analysed',
        detail: 'Every frame was measured. The server has deleted the recording.',
      };
    case 'failed':
      return { level: 'bad', code: 'failed', title: 'Not analysed', detail: message ?? 'The recording could not be analysed.' };
  }
}
