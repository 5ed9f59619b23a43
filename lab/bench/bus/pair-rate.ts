import { pause } from '../clock.js';
import { round } from '../statistics.js';
import { cpuClock } from './cpu.js';
import { Installation, type Windows } from './installation.js';

const ROUNDS = 3;
const FILL = 3000;
/**
 * Pairs in the queue and with workers: two batches for each lane and a few, and no more than a worker that has just begun dares to take on.
 */
const OUTSTANDING = 40;

/**
 * Pairs a second that leave a full flow queue, by one `flow` process on one core and by two on two. Two installations beside each
 * other take turns; what is not measured idles.
 */
export async function pairRate(
  nats: { readonly url: string; readonly pid: number | undefined },
  seconds: number,
): Promise<Record<string, number>> {
  const one = new Installation(nats.url);
  const two = new Installation(nats.url);
  const rates = { one: 0, two: 0 };
  const others = { nats: 0, windows: 0, workers: 0, done: 0, failed: 0 };
  try {
    await one.serve(['flow'], 0);
    for (const core of [0, 1]) await two.serve(['flow'], core);
    const windows = { one: await one.windows(), two: await two.windows() };
    const { windows: feeder, ...workers } = two.pids;
    for (let turn = 0; turn < ROUNDS; turn++) {
      rates.one += (await drained(windows.one, seconds)).rate;
      const clock = cpuClock({ ...workers, feeder, nats: nats.pid });
      const { rate, done, failed } = await drained(windows.two, seconds);
      rates.two += rate;
      const { feeder: ofWindows = NaN, nats: ofNats = NaN, ...ofWorkers } = clock();
      others.windows += ofWindows;
      others.nats += ofNats;
      others.workers += Object.values(ofWorkers).reduce((a, b) => a + b, 0);
      others.done += done;
      others.failed += failed;
    }
    const wall = ROUNDS * (seconds + FILL / 1000);
    return {
      'pairs/s, one flow process on one core': round(rates.one / ROUNDS, 2),
      'pairs/s, two on two cores': round(rates.two / ROUNDS, 2),
      'two over one, × (target 1.8)': round(rates.two / rates.one, 2),
      'cores used meanwhile by the two flow processes': round(others.workers / wall, 2),
      '  by the process that feeds them': round(others.windows / wall, 2),
      '  by nats-server': round(others.nats / wall, 2),
      'pairs failed': others.failed,
    };
  } finally {
    await one.close();
    await two.close();
  }
}

async function drained(
  windows: Windows,
  seconds: number,
): Promise<{ readonly rate: number; readonly done: number; readonly failed: number }> {
  windows.order({ do: 'pairs', outstanding: OUTSTANDING });
  await pause(FILL);
  windows.order({ do: 'mark' });
  await pause(seconds * 1000);
  const told = windows.heard('pairs');
  windows.order({ do: 'stop' });
  const { done, failed, seconds: took } = await told;
  // The rest of the queue is done before the other arrangement has its turn.
  await pause(FILL);
  return { rate: done / took, done, failed };
}
