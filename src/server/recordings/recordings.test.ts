import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileError } from '../../ingest/mod.js';
import type { RecordedSource } from '../../pipeline/mod.js';
import { Metrics } from '../../telemetry/mod.js';
import type { Sessions } from '../sessions/sessions.js';
import { RecordingFolder } from './recording-folder.js';
import type { Recording } from './recording.js';
import { Recordings } from './recordings.js';

const LIMITS = { enabled: true, max_bytes: 1000, quota_bytes: 10_000, waiting: 10, per_token: 10, per_address: 10, expire_minutes: 1 };
const body = (text: string): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start: (controller) => {
      controller.enqueue(Buffer.from(text));
      controller.close();
    },
  });

describe('recordings', () => {
  let data = '',
    now = 0,
    ids = 0,
    opened: string[] = [];
  let endSession: Map<string, (reason: 'ended' | 'deleted') => void>;
  let erased: string[];
  let recordings: Recordings;
  let metrics: Metrics;
  const running = { value: 0, most: 0 };

  beforeEach(async () => {
    data = mkdtempSync(join(tmpdir(), 'mellm-queue-'));
    [now, ids, opened, erased, endSession, running.most] = [Date.now(), 0, [], [], new Map(), 0];
    metrics = new Metrics();
    const ends = new Map<string, { reason: string; message: string | undefined }>();
    recordings = new Recordings({
      folder: await RecordingFolder.open(data),
      limits: LIMITS,
      metrics,
      now: () => now,
      publish: () => undefined,
      onFailure: () => undefined,
      erase: (session) => {
        erased.push(session);
        return Promise.resolve(true);
      },
      open: (_path, name) => {
        opened.push(name);
        if (name === 'broken.mp4') return Promise.reject(new FileError('not_a_video', 'broken.mp4 is not a video'));
        return Promise.resolve({
          duration: 1,
          health: undefined,
          get end() {
            return ends.get(name);
          },
          release: () => undefined,
        } as unknown as RecordedSource);
      },
      sessions: {
        draining: false,
        adjustable: true,
        newId: () => `sAbcdefghi${String(10 + ids++)}`,
        start: (id: string, name: string) => {
          running.most = Math.max(running.most, ++running.value);
          const ended = new Promise<void>((resolve) => {
            endSession.set(id, (reason) => {
              ends.set(name, { reason, message: undefined });
              running.value--;
              resolve();
            });
          });
          return {
            id,
            name,
            running: {
              ended,
              stats: { lastT: 0.5, analyzed: 1, failed: 0 },
              close: () => {
                endSession.get(id)?.('deleted');
              },
            },
          };
        },
      } as unknown as Sessions,
    });
  });
  afterEach(async () => {
    for (const end of endSession.values()) end('ended');
    await recordings.close();
    metrics.close();
    rmSync(data, { recursive: true });
  });

  const upload = async (name: string, content = '12345'): Promise<Recording> => {
    const recording = await recordings.announce({
      wanted: { name, size: 5 },
      session: name,
      writer: 'w',
      owner: { token: undefined, address: 'a' },
    });
    if (content !== '') await recordings.append(recording, 0, body(content));
    return recording;
  };
  const files = (): string[] => readdirSync(join(data, 'recordings'));

  it('are analysed one at a time in their order, and their files are deleted', async () => {
    const [first, second] = [await upload('1.mp4'), await upload('2.mp4')];
    await expect.poll(() => endSession.size).toBe(1);
    expect([first.state, second.state, recordings.positionOf(second)]).toEqual(['analyzing', 'waiting', 1]);
    expect(files()).toHaveLength(2);
    endSession.get(first.id)?.('ended');
    await expect.poll(() => second.state).toBe('analyzing');
    expect([first.state, files().length]).toEqual(['done', 1]);
    await expect.poll(() => endSession.size).toBe(2);
    endSession.get(second.id)?.('ended');
    await expect.poll(files).toEqual([]);
    expect([opened, running.most]).toEqual([['1.mp4', '2.mp4'], 1]);
  });

  it('one that is no video fails, and the next one goes on', async () => {
    const [broken, good] = [await upload('broken.mp4'), await upload('good.mp4')];
    await expect.poll(() => good.state).toBe('analyzing');
    expect(broken.view(0)).toMatchObject({ state: 'failed', error: { code: 'not_a_video', message: 'broken.mp4 is not a video' } });
    expect(files()).toHaveLength(1);
  });

  it('are cancelled while they are uploaded, wait or are analysed', async () => {
    const [analysed, waits, uploading] = [await upload('1.mp4'), await upload('2.mp4'), await upload('3.mp4', '123')];
    await expect.poll(() => endSession.size).toBe(1);
    for (const recording of [uploading, waits, analysed]) await recordings.cancel(recording);
    expect(files()).toEqual([]);
    expect(erased).toEqual([analysed.id]);
    expect([uploading, waits, analysed].map(({ id }) => recordings.get(id))).toEqual([undefined, undefined, undefined]);
    expect(opened).toEqual(['1.mp4']);
    expect((await metrics.expose(undefined)).body).toContain('mellm_recordings_total{result="cancelled"} 3');
  });

  it('an upload that nobody goes on with is deleted', async () => {
    const left = await upload('1.mp4', '123');
    now += 59_000;
    await recordings.tidy();
    expect(left.state).toBe('uploading');
    now += 2000;
    await recordings.tidy();
    expect([left.state, left.error?.code, files()]).toEqual(['failed', 'expired', []]);
    now += 3_600_001;
    await recordings.tidy();
    expect(recordings.get(left.id)).toBeUndefined();
  });

  it('an upload that takes long is not deleted while bytes come', async () => {
    const slow = await upload('1.mp4', '');
    let more: ReadableStreamDefaultController<Uint8Array> | undefined;
    const appended = recordings.append(
      slow,
      0,
      new ReadableStream<Uint8Array>({
        start: (controller) => {
          more = controller;
          controller.enqueue(Buffer.from('12'));
        },
      }),
    );
    await expect.poll(() => slow.upload.offset).toBe(2);
    now += 61_000;
    await recordings.tidy();
    more?.enqueue(Buffer.from('345'));
    more?.close();
    await appended;
    expect(slow.state).not.toBe('failed');
  });

  it('too large a one is refused', async () => {
    await expect(
      recordings.announce({ wanted: { name: 'x', size: 1001 }, session: 'x', writer: 'w', owner: { token: undefined, address: 'a' } }),
    ).rejects.toMatchObject({ problem: { status: 413 } });
  });
});
