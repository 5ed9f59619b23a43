import { Option, type Command } from 'commander';
import {
  colourMap,
  encodeFlo,
  encodePng,
  expressionFlow,
  FlowEstimator,
  fullScale,
  INPUT_SIZE,
  measureSeparated,
  placeExpression,
  placeHead,
  separateHead,
  stretchFlow,
  type FlowField,
  type FlowReport,
} from '../flow/mod.js';
import type { Device } from '../runtime/inference/device.js';
import { readImagePair, type ImagePair } from './image-pair.js';
import { checkOutputFile, writeOutput } from './output-file.js';
import { checkOutputs, type NamedOutput } from './same-file.js';

interface Options {
  out: string;
  viz?: string;
  head?: string;
  rois?: string;
  align: boolean;
  device: Device | 'auto';
}

/** `flow ONSET APEX --out flow.flo`: expression flow of one image pair, in the onset image's pixels. */
export function register(program: Command): void {
  program
    .command('flow')
    .description("expression flow of one image pair, in the onset image's pixels")
    .argument('<onset>', 'onset image')
    .argument('<apex>', 'apex image, of the same size')
    .requiredOption('--out <file>', 'where to write the expression flow, as Middlebury .flo; zero outside the face')
    .option('--viz <file>', 'the expression flow in Middlebury colours, as PNG')
    .option('--head <file>', 'the flow of the head, as .flo')
    .option('--rois <file>', "the 29 regions, as JSON: pixels of the 224-pixel face crop without the head's motion, sides of the image")
    .option('--no-align', 'the images are already face crops: they are resized to 224 pixels and not registered')
    .addOption(new Option('--device <device>', 'device that runs MEFlowNet').choices(['auto', 'cuda', 'webgpu', 'cpu']).default('cpu'))
    .action(run);
}

async function run(onset: string, apex: string, options: Options): Promise<void> {
  const outputs = (['out', 'viz', 'head', 'rois'] as const).flatMap((name): NamedOutput[] =>
    options[name] === undefined ? [] : [{ option: `--${name}`, path: options[name] }],
  );
  for (const { option, path } of outputs) await checkOutputFile(option, path);
  await checkOutputs([onset, apex], outputs);
  const pair = await readImagePair(onset, apex, { align: options.align, landmarks: options.rois !== undefined });
  const { width, height, toImage } = pair;
  const { head, expression, rois } = await measure(pair, options.device);
  const placed = toImage ? placeExpression(expression, toImage.onset, width, height) : stretchFlow(expression, width, height);
  await writeOutput(options.out, encodeFlo(placed));
  if (options.viz !== undefined) {
    // A pixel of the crop is worth that many of the picture: a still face stays white whatever the picture's size.
    const scale = toImage ? Math.hypot(toImage.onset.a, toImage.onset.b) : width / INPUT_SIZE;
    await writeOutput(options.viz, await encodePng(colourMap(placed, Math.max(scale, fullScale(placed))), width, height));
  }
  if (options.head !== undefined) {
    await writeOutput(
      options.head,
      encodeFlo(toImage ? placeHead(head, toImage.onset, toImage.apex, width, height) : stretchFlow(head, width, height)),
    );
  }
  if (options.rois !== undefined && rois) await writeOutput(options.rois, `${JSON.stringify(rois, undefined, 2)}\n`);
}

/** With landmarks the head's part is taken out by geometry; without, MEFlowNet's own head flow is. */
async function measure(
  { crops, landmarks, apexLandmarks }: ImagePair,
  device: Device | 'auto',
): Promise<{ readonly head: FlowField; readonly expression: FlowField; readonly rois?: FlowReport['rois'] }> {
  const estimator = await FlowEstimator.start({
    device,
    maxBatch: 1,
    maxWait: 0,
    onNotice: (notice) => process.stderr.write(`mellm-live: ${notice}\n`),
  });
  try {
    if (landmarks) {
      const request = {
        session: 'cli',
        annotation: 'flow',
        onsetCrop: crops.onset,
        apexCrop: crops.apex,
        landmarks,
        ...(apexLandmarks ? { apexLandmarks } : {}),
      };
      const flow = separateHead(await estimator.estimateGuided(request), landmarks);
      return { ...flow, rois: measureSeparated(flow, crops, landmarks) };
    }
    const estimate = await estimator.estimate(crops, 'cli');
    const [facial, head] = [estimate.facial, estimate.head].map((data) => ({ width: INPUT_SIZE, height: INPUT_SIZE, data }));
    if (!facial || !head) throw new Error('the network returned no flow');
    return { head, expression: expressionFlow(facial, head) };
  } finally {
    await estimator.close();
  }
}
