import { expect, it } from 'vitest';
import { RecordingQuota } from './recording-quota.js';

const code = (act: () => unknown): unknown => {
  try {
    act();
    return 'ok';
  } catch (error) {
    return (error as { problem: { code: string } }).problem.code;
  }
};

it('counts by token, by address, in all and by bytes, and gives back once', () => {
  const quota = new RecordingQuota({ quota_bytes: 100, waiting: 4, per_token: 2, per_address: 3 });
  const at =
    (token: string | undefined, address: string, size = 10) =>
    (): (() => void) =>
      quota.admit({ token, address }, size);
  const release = at('a', '1')();
  at('a', '1')();
  expect(code(at('a', '2'))).toBe('too_many_recordings');
  at('b', '1')();
  expect(code(at('c', '1'))).toBe('too_many_recordings');
  expect(code(at(undefined, '1'))).toBe('too_many_recordings');
  expect(code(at('c', '2', 71))).toBe('recordings_disk_full');
  at('c', '2', 70)();
  expect(code(at('d', '3'))).toBe('recordings_full');
  release();
  release();
  expect(quota.bytes).toBe(90);
  expect(code(at('a', '1'))).toBe('ok');
  expect(code(at('a', '1'))).toBe('too_many_recordings');
});
