import { chooseDevice, type Device, type Opened } from '../inference/device.js';
import { serveWorker } from '../threads/mod.js';
import { FlowError } from './flow-error.js';
import { INPUT_PIXELS, INPUT_SIZE, type CropLuma, type FlowEstimate, type FlowHandlers, type LoadOptions } from './flow-messages.js';
import { FlowSession } from './flow-session.js';

/** The thread that MEFlowNet runs in: one session, loaded once, every batch size warmed before it answers. */

/** px by which a device's flow may differ from the CPU's: reduced-precision convolutions do, broken drivers do more. */
const AGREEMENT = 0.02;

/** Milliseconds that a batch costs beside its run: messages, copies. */
const HANDOVER = 0.5;

let session: FlowSession | undefined;

await serveWorker<FlowHandlers>((port) => ({
  async load(options) {
    const { value, choice } = await chooseDevice(options.device, (device) => open(options, device), (unused) => unused.close());
    session = value;
    const costs: Record<number, number> = {};
    for (const size of options.sizes) {
      await value.run([probe()], size);
      costs[size] = HANDOVER + Math.min((await value.run([probe()], size)).ms, (await value.run([probe()], size)).ms);
    }
    return { choice, costs };
  },
  async run(pairs, size) {
    if (!session) throw new FlowError('flow_model_missing', 'the flow model is not loaded');
    const answer = await session.run(pairs, size);
    return port.transfer(answer, answer.estimates.flatMap((estimate) => (estimate ? buffers(estimate) : [])));
  },
}));

/** Opens the model on a device, checks that it computes what the CPU computes, and times one pair. */
async function open({ onnx, threads }: LoadOptions, device: Device): Promise<Opened<FlowSession>> {
  const opened = await FlowSession.open(onnx, device, threads);
  try {
    const [found] = (await opened.run([probe()], 1)).estimates;
    if (!found) throw new FlowError('flow_output_invalid', `the flow model gives numbers that are not finite on ${device}`);
    if (device !== 'cpu') {
      const cpu = await FlowSession.open(onnx, 'cpu', threads);
      const [expected] = (await cpu.run([probe()], 1)).estimates;
      await cpu.close();
      let worst = 0;
      for (let i = 0; i < 2 * INPUT_PIXELS; i++) worst = Math.max(worst, Math.abs((found.facial[i] ?? 0) - (expected?.facial[i] ?? 0)));
      if (worst > AGREEMENT) throw new FlowError('flow_output_invalid', `${device} computes another flow than the CPU (${worst.toFixed(3)} px apart); its driver may be faulty`);
    }
    const times: number[] = [];
    for (let i = 0; i < 3; i++) times.push((await opened.run([probe()], 1)).ms);
    return { value: opened, ms: times.sort((a, b) => a - b)[1] ?? 0 };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** A pair with structure everywhere: smooth waves, the apex half a pixel further. */
function probe(): CropLuma {
  const onset = new Float32Array(INPUT_PIXELS);
  const apex = new Float32Array(INPUT_PIXELS);
  const wave = (x: number, y: number): number => 128 + 50 * Math.sin(x / 5 + y / 11) + 40 * Math.cos(y / 4 - x / 17);
  for (let i = 0; i < INPUT_PIXELS; i++) {
    const x = i % INPUT_SIZE;
    const y = Math.floor(i / INPUT_SIZE);
    onset[i] = wave(x, y);
    apex[i] = wave(x - 0.5, y);
  }
  return { onset, apex };
}

function buffers({ facial, head, logSigma }: FlowEstimate): ArrayBuffer[] {
  return [facial.buffer, head.buffer, ...(logSigma ? [logSigma.buffer] : [])];
}
