import { chooseDevice, type Device, type Opened } from '../runtime/inference/device.js';
import { serveWorker } from '../runtime/threads/mod.js';
import { FlowError } from './flow-error.js';
import { buffersOf, type FlowHandlers, type LoadOptions } from './flow-messages.js';
import { FlowSession } from './flow-session.js';
import { AGREEMENT, apart, probe } from './probe.js';
import { LEAST_GAIN, warmUp } from './warm-up.js';

/** The thread that MEFlowNet runs in: one session, loaded once, warmed at every batch size that pays before it answers. */

let session: FlowSession | undefined;

await serveWorker<FlowHandlers>((port) => ({
  async load(options) {
    const { value, choice } = await chooseDevice(
      options.device,
      (device) => open(options, device),
      (unused) => unused.close(),
    );
    session = value;
    const pair = [probe()];
    return {
      choice,
      costs: await warmUp(
        sizesWorthTrying(options, choice.device),
        async (size) => (await value.run(pair, size)).ms,
        options.leastGain ?? (choice.device === 'cpu' ? LEAST_GAIN.cpu : LEAST_GAIN.gpu),
        choice.attempts.find(({ device }) => device === choice.device)?.ms,
      ),
    };
  },
  async run(pairs, size) {
    if (!session) throw new FlowError('flow_model_missing', 'the flow model is not loaded');
    const answer = await session.run(pairs, size);
    return port.transfer(
      answer,
      answer.estimates.flatMap((estimate) => (estimate ? buffersOf(estimate) : [])),
    );
  },
}));

/** Batches on one core take as long as their pairs one after the other: trying them would only cost a start half a second of CPU. */
function sizesWorthTrying({ sizes, threads, leastGain }: LoadOptions, device: Device): readonly number[] {
  return device === 'cpu' && threads === 1 && leastGain === undefined ? sizes.slice(0, 1) : sizes;
}

/** Milliseconds of a device's first pair above which it is not timed again: nothing makes up for so much. */
const SLOW_MS = 10_000;

/** Opens the model on a device, checks that it computes what the CPU computes, and times one pair. */
async function open({ onnx, threads }: LoadOptions, device: Device): Promise<Opened<FlowSession>> {
  const opened = await FlowSession.open(onnx, device, threads);
  try {
    const {
      estimates: [found],
      ms,
    } = await opened.run([probe()], 1);
    if (!found) throw new FlowError('flow_output_invalid', `the flow model returns non-finite numbers on ${device}`);
    if (device !== 'cpu') {
      const cpu = await FlowSession.open(onnx, 'cpu', threads);
      const [expected] = (await cpu.run([probe()], 1)).estimates;
      await cpu.close();
      const worst = expected ? apart(found, expected) : NaN;
      if (!(worst <= AGREEMENT))
        throw new FlowError(
          'flow_output_invalid',
          `${device} computes a different flow than the CPU (${worst.toFixed(3)} px apart); its driver may be faulty`,
        );
    }
    const again = async (): Promise<number> => (await opened.run([probe()], 1)).ms;
    if (ms > SLOW_MS) return { value: opened, ms };
    // The first one warms. A GPU is compared with the CPU by it, and varies more.
    return { value: opened, ms: device === 'cpu' ? await again() : Math.min(await again(), await again()) };
  } catch (error) {
    await opened.close();
    throw error;
  }
}
