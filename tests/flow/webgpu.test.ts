import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FlowSession } from '../../src/flow/flow-session.js';
import { AGREEMENT, apart, probe } from '../../src/flow/probe.js';

/** Chromium's Vulkan device in software: it computes what a GPU computes, at a minute a pair. */
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';
const MODEL = readFileSync('models/meflownet/meflownet.onnx');
const missing = process.env['MELLM_WEBGPU'] !== '1' || !existsSync(SWIFTSHADER);

it.skipIf(missing)(
  'MEFlowNet by WebGPU computes what the CPU computes, in batches of 1 and 2',
  async () => {
    process.env['VK_DRIVER_FILES'] = SWIFTSHADER;
    const pairs = [probe(), { ...probe(), apex: probe().onset }];
    const cpu = await FlowSession.open(MODEL, 'cpu', 1);
    const expected = (await cpu.run(pairs, 2)).estimates;
    await cpu.close();
    const gpu = await FlowSession.open(MODEL, 'webgpu', 1);
    for (const batch of [pairs.slice(0, 1), pairs]) {
      const { estimates, ms } = await gpu.run(batch, batch.length);
      const worst = estimates.map((found, i) => (found && expected[i] ? apart(found, expected[i]) : NaN));
      console.log(`batch of ${String(batch.length)}: ${worst.map((px) => px.toFixed(5)).join(', ')} px apart, ${(ms / 1000).toFixed(0)} s`);
      for (const px of worst) expect(px).toBeLessThan(AGREEMENT);
    }
    await gpu.close();
  },
  600_000,
);
