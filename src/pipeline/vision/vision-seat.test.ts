import { expect, it } from 'vitest';
import type { Frame } from '../../ingest/contract.js';
import { WorkerError, type WorkerClient } from '../../runtime/threads/mod.js';
import type { VisionHandlers, VisionResult } from './vision.js';
import { VisionSeat, type VisionThread } from './vision-seat.js';

const frame = (index: number): Frame => ({
  index,
  t: index / 30,
  width: 2,
  height: 2,
  data: new Uint8Array(6),
  receivedAt: 0,
  decodeMs: 0,
});
const seen = (index: number, face: string): VisionResult => ({
  index,
  t: index / 30,
  width: 2,
  height: 2,
  receivedAt: 0,
  samples: [],
  ticks: [],
  lost: [],
  ms: { track: 0, align: 0, spot: 0 },
  faces: [
    {
      id: face,
      box: [0, 0, 1, 1],
      landmarks: new Float32Array(),
      pose: { yaw: 0, pitch: 0, roll: 0 },
      quality: { score: 1, eyeDistance: 60, sharpness: 1, light: 100, faults: [] },
    },
  ],
});
const later = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** A thread that notes what reaches it in which order; opening a session takes long. */
class SlowThread implements Pick<VisionThread, 'name' | 'generation'> {
  readonly name = 'vision-0';
  generation = 1;
  readonly reached: string[] = [];
  /** It is lost as soon as this frame reaches it. */
  losing: string | undefined;
  restarting: Promise<void> | undefined;
  async client(): Promise<WorkerClient<VisionHandlers>> {
    await this.restarting;
    return this as unknown as WorkerClient<VisionHandlers>;
  }
  async call(method: string, args: readonly unknown[]): Promise<unknown> {
    const { generation } = this;
    this.reached.push(
      method === 'analyze'
        ? String((args[1] as Frame).index)
        : method === 'open'
          ? `open:${String((args[1] as { firstFace: number }).firstFace)}`
          : method,
    );
    if (this.losing !== undefined && this.reached.at(-1) === this.losing) this.lose();
    await later(method === 'open' ? 20 : 5);
    if (generation !== this.generation) throw new WorkerError('worker_died', 'lost');
    return method === 'analyze' ? seen((args[1] as Frame).index, 'f1') : undefined;
  }
  lose(): void {
    this.losing = undefined;
    this.generation++;
    this.restarting = later(20);
  }
}

const seatOn = (thread: SlowThread): VisionSeat =>
  new VisionSeat('s', thread as unknown as VisionThread, { maxFaces: 4, onClose: () => undefined });

it('hands frames that come while the session is opened to the thread in order', async () => {
  const thread = new SlowThread();
  const seat = seatOn(thread);
  await Promise.all([0, 1, 2].map((index) => seat.analyze(frame(index))));
  expect(thread.reached).toEqual(['open:1', '0', '1', '2']);
});

it('does not wait for one result before it hands on the next frame', async () => {
  const thread = new SlowThread();
  const seat = seatOn(thread);
  await seat.analyze(frame(0));
  const results = [seat.analyze(frame(1)), seat.analyze(frame(2))];
  await later(0);
  expect(thread.reached.slice(-2)).toEqual(['1', '2']);
  await Promise.all(results);
});

it("keeps order over the loss of a thread, bunched frames included, and gives no face's id twice", async () => {
  const thread = new SlowThread();
  const seat = seatOn(thread);
  thread.losing = '1';
  const under = await Promise.allSettled([0, 1].map((index) => seat.analyze(frame(index))));
  expect(under.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await Promise.all([2, 3, 4].map((index) => seat.analyze(frame(index))));
  thread.lose();
  // Lost between two frames: the first of the next bunch learns of it.
  const next = await Promise.allSettled([5, 6, 7].map((index) => seat.analyze(frame(index))));
  expect(next.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  expect(thread.reached).toEqual(['open:1', '0', '1', 'open:1', '2', '3', '4', 'open:2', '6', '7']);
});
