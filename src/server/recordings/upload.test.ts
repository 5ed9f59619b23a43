import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, existsSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Upload } from './upload.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mellm-upload-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const CONTENT = Buffer.from('0123456789');
const body = (...pieces: string[]): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start: (controller) => {
      for (const piece of pieces) controller.enqueue(Buffer.from(piece));
      controller.close();
    },
  });
/** Pieces, and then an end that never comes, or an error. */
const broken = (piece: string, error?: Error): ReadableStream<Uint8Array> => {
  let sent = false;
  return new ReadableStream(
    {
      pull: (controller) => {
        if (!sent) {
          sent = true;
          controller.enqueue(Buffer.from(piece));
          return undefined;
        }
        if (error) {
          controller.error(error);
          return undefined;
        }
        return new Promise(() => undefined);
      },
    },
    { highWaterMark: 0 },
  );
};
const codeOf = (done: Promise<unknown>): Promise<unknown> =>
  done.then(
    () => 'ok',
    (error: unknown) => (error as { problem?: { code: string } }).problem?.code,
  );
let files = 0;
const create = (sha256?: string): Promise<Upload> => Upload.create(join(folder, `u${String(files++)}`), { size: CONTENT.length, sha256 });

it('goes on where it broke off, and holds what it was sent, for its owner only', async () => {
  const upload = await create(createHash('sha256').update(CONTENT).digest('hex'));
  expect(statSync(upload.path).mode & 0o777).toBe(0o600);
  expect(await codeOf(upload.append(0, broken('0123', new Error('reset'))))).toBe('aborted');
  expect(upload.offset).toBe(4);
  expect(await codeOf(upload.append(0, body('0123456789')))).toBe('wrong_offset');
  await upload.append(4, body('45', '6789'));
  expect(upload.complete).toBe(true);
  expect(readFileSync(upload.path)).toEqual(CONTENT);
  expect(await codeOf(upload.append(10, body('x')))).toBe('upload_complete');
  await upload.discard();
  await upload.discard();
  expect(existsSync(upload.path)).toBe(false);
});

it('takes no byte beyond the announced size', async () => {
  const upload = await create();
  expect(await codeOf(upload.append(0, body('01234', '56789x')))).toBe('too_large');
  expect(upload.offset).toBe(5);
  await upload.append(5, body('56789'));
  expect(upload.complete).toBe(true);
});

it('tells where what arrived is another file', async () => {
  const upload = await create('0'.repeat(64));
  expect(await codeOf(upload.append(0, body('0123456789')))).toBe('checksum_mismatch');
});

it('a request that hangs gives way to the next one', async () => {
  const upload = await create();
  const hanging = codeOf(upload.append(0, broken('012')));
  await expect.poll(() => upload.offset).toBe(3);
  await upload.append(3, body('3456789'));
  expect(await hanging).toBe('upload_taken_over');
  expect(readFileSync(upload.path)).toEqual(CONTENT);
});

it('of several requests at once, one writes', async () => {
  const upload = await create();
  const answers = await Promise.all([1, 2, 3].map(() => codeOf(upload.append(0, body('01234', '56789')))));
  expect(answers.filter((answer) => answer === 'ok').length).toBeLessThanOrEqual(1);
  expect(readFileSync(upload.path).subarray(0, upload.offset)).toEqual(CONTENT.subarray(0, upload.offset));
});
