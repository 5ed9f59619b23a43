import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  DEFAULT_MODEL_FOLDER,
  expressionFlow,
  FlowEstimator,
  INPUT_SIZE,
  readFlowModel,
  readGrey,
  type FlowEstimate,
} from '../../src/flow/mod.js';

/** The committed MEFlowNet, run here, against what Python's ONNX Runtime computed when it was committed (make_golden.py). */

type Value = [pair: string, output: 'facial' | 'head', channel: number, row: number, column: number, value: number];
const golden = JSON.parse(readFileSync(new URL('./golden.json', import.meta.url), 'utf8')) as { sha256: string; values: Value[] };
const fixtures = new URL('../../training/tests/fixtures/meflowdataset/', import.meta.url);
const isCommitted = existsSync(`${DEFAULT_MODEL_FOLDER}/model.json`);
const isGolden = isCommitted && (await readFlowModel()).sha256 === golden.sha256;
if (!isGolden)
  console.warn(
    isCommitted ? 'golden.json is of other weights: run tests/flow/make_golden.py' : 'no weights are committed: MEFlowNet is not compared',
  );

describe.skipIf(!isGolden)('the committed MEFlowNet', () => {
  it('computes what Python computes, alone and in a padded batch', async () => {
    const pairs = [...new Set(golden.values.map(([pair]) => pair))];
    const flow = await FlowEstimator.start({ device: 'cpu', maxBatch: 4, maxWait: 50, leastGain: -Infinity });
    const read = async (pair: string) => {
      const [onset, apex] = await Promise.all(
        ['onset', 'apex'].map((name) => readGrey(fileURLToPath(new URL(`${pair}/${name}.png`, fixtures)))),
      );
      return { onset: onset?.data ?? new Float32Array(), apex: apex?.data ?? new Float32Array() };
    };
    const crops = await Promise.all(pairs.map(read));
    const together = await Promise.all(crops.map((pair, i) => flow.estimate(pair, `s${String(i)}`)));
    const alone: FlowEstimate[] = [];
    for (const pair of crops) alone.push(await flow.estimate(pair, 's'));
    await flow.close();
    for (const estimates of [together, alone]) {
      let worst = 0;
      for (const [pair, output, channel, row, column, value] of golden.values) {
        const estimate = estimates[pairs.indexOf(pair)];
        worst = Math.max(worst, Math.abs((estimate?.[output][(channel * INPUT_SIZE + row) * INPUT_SIZE + column] ?? NaN) - value));
      }
      expect(worst).toBeLessThan(1e-4);
    }
  });

  it('sees no expression where both pictures are one', async () => {
    const flow = await FlowEstimator.start({ device: 'cpu', maxBatch: 1 });
    const { data } = await readGrey(fileURLToPath(new URL('test/000006/onset.png', fixtures)));
    const { facial, head } = await flow.estimate({ onset: data, apex: data }, 's');
    await flow.close();
    const expression = expressionFlow(
      { width: INPUT_SIZE, height: INPUT_SIZE, data: facial },
      { width: INPUT_SIZE, height: INPUT_SIZE, data: head },
    );
    const mean = expression.data.reduce((sum, value) => sum + Math.abs(value), 0) / expression.data.length;
    expect(mean).toBeLessThan(0.04);
  });
});
