import { pause } from '../clock.js';
import { round } from '../statistics.js';
import { AlertViewer } from './alert-viewer.js';
import type { BenchNats } from './bench-nats.js';
import { cpuClock } from './cpu.js';
import { Installation } from './installation.js';

const SESSIONS = 64;

/**
 * What one durable event costs each role, as fast as the stream takes them: 64 sessions of one process, two `api` processes, one viewer of
 * all.
 */
export async function eventCost(nats: BenchNats, count: number): Promise<Record<string, number>> {
  const installation = new Installation(nats.url);
  try {
    await installation.serve(['store']);
    await installation.serve(['api']);
    const viewer = await AlertViewer.watch((await installation.serve(['api'])).url);
    const windows = await installation.windows();
    await pause(1000);
    const clock = cpuClock({ ...installation.pids, ...(nats.pid === undefined ? {} : { 'nats-server': nats.pid }) });
    const told = windows.heard('events');
    windows.order({ do: 'events', count, sessions: SESSIONS });
    const { seconds } = await told;
    // The store reads behind.
    await pause(5000);
    const used = clock();
    viewer.close();
    return {
      'events published': count,
      'events/s': round(count / seconds, 0),
      ...Object.fromEntries(
        Object.entries(used).map(([name, cpu]) => [
          `  CPU ms an event, ${name === 'windows' ? 'ingest' : name}`,
          round((1000 * cpu) / count, 3),
        ]),
      ),
    };
  } finally {
    await installation.close();
  }
}
