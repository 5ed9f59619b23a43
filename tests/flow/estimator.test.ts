import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FlowEstimator } from '../../src/flow/mod.js';
import { meanFace } from '../support/mean-face.js';
import { STAND_IN_GAIN, writeStandIn } from '../support/stand-in-model.js';

/** The whole stage with real threads and ONNX Runtime, on a stand-in model whose arithmetic is known. */

const PIXELS = 224 * 224;
const landmarks = meanFace();
const grey = (value: number): Uint8Array => new Uint8Array(PIXELS).fill(value);

let root: string;
let folder: string;
let sha256: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'flow-'));
  ({ folder, sha256 } = await writeStandIn(join(root, 'model')));
});
afterAll(() => rm(root, { recursive: true }));

describe('FlowEstimator', () => {
  let flow: FlowEstimator;
  const batches: number[] = [];
  const waits: number[] = [];
  const runs: string[] = [];
  beforeAll(async () => {
    flow = await FlowEstimator.start({
      folder,
      device: 'cpu',
      maxBatch: 4,
      // The stand-in is so small that a busy machine could tell either way: every size is used.
      leastGain: -Infinity,
      maxWait: 250,
      hooks: { batch: (pairs) => batches.push(pairs), queueWait: (ms) => waits.push(ms), inference: (_ms, device) => runs.push(device) },
    });
  });
  afterAll(() => flow.close());

  it('says what runs', () => {
    expect(flow.info).toMatchObject({ source: `stand-in@${sha256.slice(0, 8)}`, choice: { device: 'cpu', requested: 'cpu' } });
    expect(Object.keys(flow.info.costs)).toEqual(['1', '2', '4']);
  });

  it('computes what the model computes, batched across sessions, each its own', async () => {
    const pairs = [10, 40, 90, 130, 200].map((value) => ({ onset: grey(50), apex: grey(value) }));
    const estimates = await Promise.all(pairs.map((pair, i) => flow.estimate(pair, `s${String(i)}`)));
    estimates.forEach((estimate, i) => {
      const difference = ((pairs[i]?.apex[0] ?? 0) - 50) / 255;
      const u = STAND_IN_GAIN * difference;
      expect(estimate.facial[0]).toBeCloseTo(u, 4);
      expect(estimate.facial[2 * PIXELS - 1]).toBeCloseTo(1 - u, 4);
      expect(estimate.head[0]).toBeCloseTo(u / 4, 4);
    });
    expect(batches.reduce((a, b) => a + b)).toBe(5);
    expect(Math.max(...batches)).toBeLessThanOrEqual(4);
    expect(batches.length).toBeLessThan(5);
    expect(waits).toHaveLength(5);
    expect(runs.every((device) => device === 'cpu')).toBe(true);
  });

  it("keeps runs apart that stand at the device's door together", async () => {
    const single = await FlowEstimator.start({ folder, device: 'cpu', maxBatch: 1, maxWait: 0 });
    const values = Array.from({ length: 24 }, (_, i) => 60 + i * 5);
    const estimates = await Promise.all(
      values.map((value, i) => single.estimate({ onset: grey(50), apex: grey(value) }, `s${String(i % 8)}`)),
    );
    estimates.forEach((estimate, i) => {
      expect(estimate.facial[9]).toBeCloseTo((STAND_IN_GAIN * ((values[i] ?? 0) - 50)) / 255, 4);
    });
    await single.close();
  });

  it('reports 29 regions, the head, and PNGs where they are kept', async () => {
    const apex = Float32Array.from(
      { length: PIXELS },
      (_, i) => 100 + 60 * Math.exp(-(((i % 224) - 65) ** 2 + (Math.floor(i / 224) - 70) ** 2) / 200),
    );
    const request = { session: 's', annotation: 'a', onsetCrop: new Float32Array(PIXELS).fill(100), apexCrop: apex, landmarks };
    const plain = await flow.measure(request);
    expect(plain.rois).toHaveLength(29);
    expect(plain.images).toBeUndefined();
    expect(plain.source).toBe(flow.info.source);
    expect(plain.ms).toBeGreaterThan(0);
    // The stand-in moves the whole face down by 1 px: a rigid motion, so all of it is the head's, whatever its own head flow says.
    expect(plain.head.method).toBe('geometry');
    expect(plain.head.v).toBeCloseTo(1, 0);
    const kept = await flow.measure({ ...request, includeImages: true });
    expect(kept.rois).toEqual(plain.rois);
    // The apex grew brighter at the left brow: the stand-in's flow there is to the right and up.
    expect(kept.rois.find((roi) => roi.region === 'Left Outer Eyebrow')).toMatchObject({ direction: 'up-right' });
    expect(Object.keys(kept.images ?? {})).toEqual(['flow', 'motion']);
    for (const [name, png] of Object.entries(kept.images ?? {})) {
      expect(await sharp(png).metadata(), name).toMatchObject({
        format: 'png',
        width: 224,
        height: 224,
        channels: 3,
      });
    }
  });

  it("leaves the caller's buffers alone", async () => {
    const big = new Uint8Array(3 * PIXELS).fill(77);
    const crop = big.subarray(PIXELS, 2 * PIXELS);
    const first = flow.estimate({ onset: crop, apex: crop }, 's');
    big.fill(200);
    expect((await first).facial[0]).toBe(0);
    expect(big.length).toBe(3 * PIXELS);
    expect(landmarks.length).toBe(936);
  });

  it('refuses bad input in a sentence', async () => {
    const good = { session: 's', annotation: 'a1', onsetCrop: grey(1), apexCrop: grey(2), landmarks };
    await expect(flow.measure({ ...good, onsetCrop: new Uint8Array(10) })).rejects.toMatchObject({
      code: 'flow_input_invalid',
      message: 'the onset crop has 10 pixels, not 224x224',
    });
    await expect(flow.measure({ ...good, apexCrop: new Float32Array(PIXELS).fill(NaN) })).rejects.toMatchObject({
      code: 'flow_input_invalid',
      message: expect.stringContaining('NaN') as string,
    });
    await expect(flow.measure({ ...good, landmarks: new Float32Array(4) })).rejects.toMatchObject({ code: 'flow_input_invalid' });
    await expect(flow.measure({ ...good, landmarks: new Float32Array(936).fill(NaN) })).rejects.toMatchObject({
      code: 'flow_input_invalid',
    });
    await expect(flow.measure({ ...good, signal: AbortSignal.abort(new Error('session ended')) })).rejects.toThrow('session ended');
    const waiting = flow.estimate({ onset: grey(1), apex: grey(1) }, 'gone');
    flow.forget('gone');
    await expect(waiting).rejects.toMatchObject({ code: 'batch_cancelled' });
  });
});

describe('FlowEstimator.start', () => {
  it('falls back loudly from a device that is not there', async () => {
    const notices: string[] = [];
    const flow = await FlowEstimator.start({ folder, device: 'cuda', maxBatch: 1, onNotice: (notice) => notices.push(notice) });
    if (flow.info.choice?.device === 'cpu') {
      expect(notices).toHaveLength(1);
      expect(notices[0]).toMatch(/^cuda was requested but is not usable \(.+\); running on cpu\. docs\/install\.md says how to add CUDA$/);
      expect(flow.info.choice.fallback).toBe(notices[0]);
    }
    await flow.close();
    await flow.close();
    await expect(flow.estimate({ onset: grey(1), apex: grey(1) }, 's')).rejects.toMatchObject({ code: 'batch_closed' });
  });

  it('names a missing model, a damaged one, and one that is no MEFlowNet', async () => {
    await expect(FlowEstimator.start({ folder: join(root, 'none') })).rejects.toMatchObject({ code: 'flow_model_missing' });
    const damaged = await writeStandIn(join(root, 'damaged'));
    const path = join(damaged.folder, 'stand-in.onnx');
    await writeFile(path, (await readFile(path)).subarray(0, 300));
    await expect(FlowEstimator.start({ folder: damaged.folder })).rejects.toMatchObject({ code: 'flow_model_damaged' });
    const bytes = await readFile(path);
    const card = JSON.parse(await readFile(join(damaged.folder, 'model.json'), 'utf8')) as Record<string, unknown>;
    await writeFile(
      join(damaged.folder, 'model.json'),
      JSON.stringify({ ...card, sha256: createHash('sha256').update(bytes).digest('hex') }),
    );
    await expect(FlowEstimator.start({ folder: damaged.folder, device: 'cpu' })).rejects.toMatchObject({ code: 'flow_model_invalid' });
  });
});
