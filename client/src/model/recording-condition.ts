import type { RecordingStatus } from '../app/recording-queue.js';
import type { Condition } from './condition.js';
import { percent } from './format.js';

/** What the page says about the recording that it shows. A pure function. */
export function recordingCondition({ phase, share, speed, message }: RecordingStatus): Condition {
  const done = share === undefined ? '' : percent(share);
  switch (phase) {
    case 'queued':
      return { level: 'busy', code: 'queued', title: 'Waiting', detail: 'Others are uploaded first.' };
    case 'uploading':
      return message === undefined
        ? {
            level: 'busy',
            code: 'uploading',
            title: 'Uploading',
            detail: done === '' ? 'The recording goes to the server.' : `${done} has arrived.`,
          }
        : { level: 'warn', code: 'reconnecting', title: 'Reconnecting', detail: `${message} The upload goes on where it stood.` };
    case 'waiting':
      return {
        level: 'busy',
        code: 'waiting',
        title: 'Waiting',
        detail: message === undefined ? 'The server begins soon.' : `The server analyses others first (${message}).`,
      };
    case 'analyzing':
      return {
        level: 'good',
        code: 'analyzing',
        title: 'Analysing',
        detail:
          [
            done === '' ? 'Every frame is measured' : `${done} done`,
            ...(speed ? [`${speed.toFixed(1)} times as fast as it plays`] : []),
          ].join(', ') + '.',
      };
    case 'done':
      return {
        level: 'idle',
        code: 'ended',
        title: 'Analysed',
        detail: 'Every frame of the recording was measured; the server has deleted it.',
      };
    case 'failed':
      return { level: 'bad', code: 'failed', title: 'Not analysed', detail: message ?? 'The recording could not be analysed.' };
  }
}
