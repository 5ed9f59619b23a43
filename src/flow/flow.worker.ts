import { chooseDevice, type Device, type Opened } from '../runtime/inference/device.js';
import { serveWorker } from '../runtime/threads/mod.js';
import { FlowError } from './flow-error.js';
import { buffersOf, type FlowHandlers, type LoadOptions } from './flow-messages.js';
import { FlowSession } from './flow-session.js';
import { AGREEMENT, apart, probe } from './probe.js';

/** The thread that MEFlowNet runs in: one session, loaded once, every batch size warmed before it answers. */

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
    return port.transfer(answer, answer.estimates.flatMap((estimate) => (estimate ? buffersOf(estimate) : [])));
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
      const worst = expected ? apart(found, expected) : NaN;
      if (!(worst <= AGREEMENT)) throw new FlowError('flow_output_invalid', `${device} computes another flow than the CPU (${worst.toFixed(3)} px apart); its driver may be faulty`);
    }
    const times: number[] = [];
    for (let i = 0; i < 3; i++) times.push((await opened.run([probe()], 1)).ms);
    return { value: opened, ms: times.sort((a, b) => a - b)[1] ?? 0 };
  } catch (error) {
    await opened.close();
    throw error;
  }
}
