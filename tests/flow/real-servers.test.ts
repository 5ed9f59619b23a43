import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FlowEstimator, readGrey, type CropLuma, type FlowEstimate, type FlowEstimatorOptions } from '../../src/flow/mod.js';
import { hasMlserver, hasPytriton, startMlserver, startTriton, type RealServer } from './real-servers.js';

/** The committed MEFlowNet behind real servers, against ONNX Runtime here. They warm every batch size by JSON, which takes its time on a busy machine. */
const PATIENCE = 300_000;

const fixtures = new URL('../../training/tests/fixtures/meflowdataset/', import.meta.url);
const PAIRS = ['test/000002', 'test/000006', 'test/000015', 'val/000003'];

if (!hasMlserver)
  console.warn('no MLServer (pip install -r deploy/mlserver/requirements.txt; MELLM_MLSERVER names its command): flow by it is not tested');
if (!hasPytriton)
  console.warn('no Triton (pip install nvidia-pytriton onnxruntime; MELLM_PYTRITON_PYTHON names that Python): flow by it is not tested');

describe.each([
  { name: 'MLServer', isThere: hasMlserver, start: startMlserver, binary: false },
  { name: 'Triton', isThere: hasPytriton, start: startTriton, binary: true },
])('flow by a real $name', ({ name, isThere, start, binary }) => {
  describe.skipIf(!isThere)('that is there', { timeout: PATIENCE }, () => {
    let server: RealServer;
    let crops: CropLuma[];
    beforeAll(async () => {
      server = await start();
      crops = await Promise.all(
        PAIRS.map(async (pair) => {
          const [onset, apex] = await Promise.all(
            ['onset', 'apex'].map((which) => readGrey(fileURLToPath(new URL(`${pair}/${which}.png`, fixtures)))),
          );
          // Bytes, as a live session has them.
          return { onset: Uint8Array.from(onset?.data ?? []), apex: Uint8Array.from(apex?.data ?? []) };
        }),
      );
    }, PATIENCE);
    afterAll(() => server.close());

    const devices: string[] = [];
    const notices: string[] = [];
    const ups: boolean[] = [];
    const open = (options: Partial<FlowEstimatorOptions> = {}): Promise<FlowEstimator> => {
      for (const list of [devices, notices, ups]) list.length = 0;
      return FlowEstimator.start({
        device: 'cpu',
        maxBatch: 4,
        maxWait: 50,
        server: { url: server.url, timeout: 20_000 },
        onNotice: (notice) => notices.push(notice),
        hooks: { inference: (_ms, device) => devices.push(device), serverUp: (up) => ups.push(up) },
        ...options,
      });
    };
    const all = (flow: FlowEstimator): Promise<FlowEstimate[]> => Promise.all(crops.map((pair, i) => flow.estimate(pair, `s${String(i)}`)));

    it('is what ONNX Runtime computes here', async () => {
      const local = await FlowEstimator.start({ device: 'cpu', maxBatch: 4, maxWait: 50 });
      const expected = await all(local);
      await local.close();
      const flow = await open();
      const found = await all(flow);
      expect(flow.info.source).toBe(local.info.source);
      await flow.close();
      let worst = 0;
      let longest = 0;
      found.forEach((estimate, i) => {
        for (const field of ['facial', 'head'] as const) {
          estimate[field].forEach((value, at) => {
            worst = Math.max(worst, Math.abs(value - (expected[i]?.[field][at] ?? NaN)));
            longest = Math.max(longest, Math.abs(value));
          });
        }
      });
      console.log(
        `${name}: flows of ${String(crops.length)} pairs differ from those computed here by ${String(worst)} px at most, the longest component being ${longest.toFixed(2)} px`,
      );
      expect(worst).toBeLessThan(1e-3);
      expect(longest).toBeGreaterThan(0.1);
      expect(new Set(devices)).toEqual(new Set(['server']));
      expect([notices, ups]).toEqual([[], [true]]);
    });

    it('alone too, and then says whose model it is', async () => {
      const flow = await open({ server: { url: server.url, fallback: false, timeout: 20_000 } });
      expect((await all(flow)).length).toBe(crops.length);
      expect(flow.info).toMatchObject({ devices: ['server'], choice: undefined });
      if (!binary) expect(flow.info.source).toMatch(/^meflownet@[\da-f]{8}$/);
      await flow.close();
    });

    it('a model that it does not have is named, and does not start', async () => {
      await expect(open({ server: { url: server.url, model: 'other', timeout: 20_000 } })).rejects.toMatchObject({
        name: 'FlowServerError',
      });
    });

    it('killed, the local model goes on at once; started again, it is used again', async () => {
      const flow = await open();
      await all(flow);
      const pending = all(flow);
      await server.kill();
      expect(await pending).toHaveLength(crops.length);
      expect(await all(flow)).toHaveLength(crops.length);
      expect(devices.at(-1)).toBe('cpu');
      expect(ups).toEqual([true, false]);
      expect(notices[0]).toMatch(/^the flow server failed: .* falling back to the local model/);
      await server.start();
      await expect.poll(() => ups, { timeout: 120_000, interval: 500 }).toEqual([true, false, true]);
      await all(flow);
      expect(devices.at(-1)).toBe('server');
      await flow.close();
    });
  });
});
