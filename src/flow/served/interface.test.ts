import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { BATCH_SIZES } from '../../runtime/inference/batcher-sizes.js';
import { INPUTS, modelMetadataSchema, OUTPUTS, whatIsWrong } from './interface.js';

const deployed = (path: string): string => readFileSync(new URL(`../../../deploy/${path}`, import.meta.url), 'utf8');

it('what deploy/mlserver says of its model is MEFlowNet', () => {
  expect(whatIsWrong(modelMetadataSchema.parse(JSON.parse(deployed('mlserver/model-settings.json'))))).toEqual([]);
});

it('so is what deploy/triton says, for every batch size', () => {
  const config = deployed('triton/meflownet/config.pbtxt');
  for (const [name, channels] of Object.entries({ ...INPUTS, ...OUTPUTS })) {
    expect(config).toContain(`{ name: "${name}", data_type: TYPE_FP32, dims: [ ${String(channels)}, 224, 224 ] }`);
  }
  expect(Number(/^max_batch_size: (\d+)$/m.exec(config)?.[1])).toBeGreaterThanOrEqual(Math.max(...BATCH_SIZES));
});
