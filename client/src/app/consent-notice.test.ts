import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import type { NewMarker } from '../../../src/events/schema.js';
import { ConsentNotice } from './consent-notice.js';

const TEXT = 'You are filmed, and a program looks for facial movements.';

it('opens the camera at once where there is no notice, and stores nothing', async () => {
  const notice = new ConsentNotice({ text: () => Promise.resolve(null), mark: () => Promise.reject(new Error('not asked for')) });
  expect(await notice.ask()).toBe(true);
  expect(await notice.record('s')).toBe(true);
});

it('waits for the acknowledgement, and stores it with its time as soon as the session takes markers', async () => {
  const marks: NewMarker[] = [];
  let calls = 0;
  const notice = new ConsentNotice({
    text: () => Promise.resolve(TEXT),
    mark: (_session, marker) => {
      if (++calls < 3) return Promise.reject(new Error('no frame yet'));
      marks.push(marker);
      return Promise.resolve();
    },
    retryMs: 0,
  });
  const before = Date.now();
  const asked = notice.ask();
  await expect.poll(() => notice.shown.value).toBe(TEXT);
  notice.answer(true);
  expect(await asked).toBe(true);
  expect(notice.shown.value).toBe('');
  expect(await notice.record('s')).toBe(true);
  expect(marks).toEqual([
    { code: 'notice_acknowledged', trial: expect.any(String), stimulus: `sha256:${createHash('sha256').update(TEXT).digest('hex')}` },
  ]);
  expect(Date.parse(marks[0]?.trial ?? '')).toBeGreaterThanOrEqual(before);
});

it('keeps the camera closed where the notice is declined', async () => {
  const notice = new ConsentNotice({ text: () => Promise.resolve(TEXT), mark: () => Promise.reject(new Error('not acknowledged')) });
  const asked = notice.ask();
  await expect.poll(() => notice.shown.value).toBe(TEXT);
  notice.answer(false);
  expect(await asked).toBe(false);
  expect(await notice.record('s')).toBe(true);
});
