import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RecorderRing } from './recorder-ring.js';

/** Behaves as Chromium's on a busy machine: what it hands out is `LAG` ms old, and what it has not handed out is lost when it stops. */
const LAG = 3000;

class SlowRecorder extends EventTarget {
  static isTypeSupported(): boolean {
    return true;
  }
  static readonly made: SlowRecorder[] = [];
  state: 'inactive' | 'recording' | 'paused' = 'inactive';
  readonly mimeType = 'video/webm';
  ondataavailable: ((event: { data: Blob }) => void) | undefined;
  onstop: (() => void) | undefined;
  #frames: number[] = [];
  #camera: ReturnType<typeof setInterval> | undefined;
  constructor() {
    super();
    SlowRecorder.made.push(this);
  }
  start(): void {
    this.state = 'recording';
    this.#camera = setInterval(() => {
      this.#frames.push(performance.now());
    }, 100);
  }
  pause(): void {
    this.state = 'paused';
    clearInterval(this.#camera);
  }
  requestData(): void {
    this.#give(this.#frames.filter((at) => at <= performance.now() - LAG));
  }
  stop(): void {
    this.state = 'inactive';
    clearInterval(this.#camera);
    this.requestData();
    this.onstop?.();
  }
  #give(frames: number[]): void {
    this.#frames = this.#frames.slice(frames.length);
    const data = new Blob(frames.map((at) => `${String(at)} `));
    this.ondataavailable?.({ data });
    this.dispatchEvent(Object.assign(new Event('dataavailable'), { data }));
  }
}

describe('RecorderRing', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] });
    vi.stubGlobal('MediaRecorder', SlowRecorder);
    SlowRecorder.made.length = 0;
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  const stream = { active: true } as MediaStream;

  it('waits for an encoder that runs behind, so that the end of a moment is not lost', async () => {
    const ring = new RecorderRing(stream);
    await vi.advanceTimersByTimeAsync(6000);
    const now = performance.now() / 1000;
    const taking = ring.take(now - 1.5, now - 0.5);
    await vi.advanceTimersByTimeAsync(9000);
    const taken = await taking;
    const frames = ((await taken?.blob.text()) ?? '')
      .trim()
      .split(' ')
      .map((at) => Number(at) / 1000);
    expect(frames.at(-1)).toBeGreaterThan(now - 0.2);
    expect(taken?.end).toBeCloseTo(5.5, 1);
    ring.clear();
  });

  it('does not wait for ever for one that hangs, and goes on recording meanwhile', async () => {
    const ring = new RecorderRing(stream);
    await vi.advanceTimersByTimeAsync(6000);
    const hung = SlowRecorder.made[0]!;
    hung.requestData = () => {
      hung.dispatchEvent(Object.assign(new Event('dataavailable'), { data: new Blob(['x']) }));
    };
    const now = performance.now() / 1000;
    const taking = ring.take(now - 1.5, now - 0.5);
    await vi.advanceTimersByTimeAsync(100);
    expect(SlowRecorder.made.map((one) => one.state)).toEqual(['paused', 'recording']);
    await vi.advanceTimersByTimeAsync(11_000);
    expect(await taking).toBeDefined();
    ring.stop();
    await vi.advanceTimersByTimeAsync(11_000);
    expect(SlowRecorder.made.every((one) => one.state === 'inactive')).toBe(true);
  });
});
