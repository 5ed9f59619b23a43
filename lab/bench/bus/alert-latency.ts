import { scrape } from '../live.js';
import { pause } from '../clock.js';
import { quantile, round } from '../statistics.js';
import { AlertViewer } from './alert-viewer.js';
import { cpuClock } from './cpu.js';
import { Installation, type Windows } from './installation.js';

/** Turns of each arrangement, and alerts in one. */
const TURNS = 10;
const WARM = 3;

interface Arm {
  readonly windows: Windows;
  readonly viewer: AlertViewer;
  readonly flow: number[];
  readonly whole: number[];
}

/**
 * What the bus adds to an alert: from the moment in which the window closes (the flow job is published) until a viewer of an `api`
 * process hears the annotation's end; flow, pictures, text and store lie between. The two arrangements take turns.
 */
export async function alertLatency(nats: string, each: number): Promise<Record<string, number>> {
  const alone = new Installation();
  const spread = new Installation(nats);
  const arms: Arm[] = [];
  try {
    for (const roles of [['store'], ['api'], ['flow']] as const) await spread.serve(roles);
    const llm = (await spread.serve(['llm'])).url;
    const api = (await spread.serve(['api'])).url;
    for (const installation of [alone, spread]) {
      const windows = await installation.windows();
      arms.push({ windows, viewer: await AlertViewer.watch(windows.url ?? api, windows.session), flow: [], whole: [] });
    }
    for (const arm of arms) await turn(arm, WARM);
    for (const arm of arms) {
      arm.flow.length = 0;
      arm.whole.length = 0;
    }
    const clock = cpuClock(spread.pids);
    for (let i = 0; i < TURNS; i++) for (const arm of i % 2 === 0 ? arms : arms.toReversed()) await turn(arm, Math.ceil(each / TURNS));
    const used = clock();
    const metric = await scrape(llm);
    await pause(1000);
    await spread.stop();
    const [one, bus] = arms;
    if (!one || !bus) throw new Error('an arrangement is missing');
    const alerts = bus.whole.length;
    const text = ({ flow, whole }: Arm): number[] => whole.map((ms, i) => ms - (flow[i] ?? NaN));
    return {
      'alerts each way': alerts,
      'window closed to final event, one process, p50 ms': round(quantile(one.whole, 0.5)),
      '… p95 ms': round(quantile(one.whole, 0.95)),
      'window closed to final event, NATS, p50 ms': round(quantile(bus.whole, 0.5)),
      '… p95 ms, NATS': round(quantile(bus.whole, 0.95)),
      'added by NATS, p50 ms': round(quantile(bus.whole, 0.5) - quantile(one.whole, 0.5)),
      'added by NATS, p95 ms (target 20)': round(quantile(bus.whole, 0.95) - quantile(one.whole, 0.95)),
      '  of it until the flow is told, p50 ms': round(quantile(bus.flow, 0.5) - quantile(one.flow, 0.5)),
      '  of it from there to the end (text), p50 ms': round(quantile(text(bus), 0.5) - quantile(text(one), 0.5)),
      'flow told after, one process, p50 ms': round(quantile(one.flow, 0.5)),
      'text takes, one process, p50 ms': round(quantile(text(one), 0.5)),
      '… p95 ms, text': round(quantile(text(one), 0.95)),
      'tokens an answer': round(metric('mellm_llm_tokens_total') / metric('mellm_llm_requests_total', 'result="ok"'), 0),
      'llm process, CPU ms an alert': round((1000 * (used['llm'] ?? NaN)) / alerts, 0),
      'flow process, CPU ms an alert': round((1000 * (used['flow'] ?? NaN)) / alerts, 0),
      'kept, kB an alert': round(spread.stored / (alerts + WARM) / 1000),
    };
  } finally {
    for (const { viewer } of arms) viewer.close();
    await alone.close();
    await spread.close();
  }
}

async function turn({ windows, viewer, flow, whole }: Arm, alerts: number): Promise<void> {
  for (let i = 0; i < alerts; i++) {
    const told = windows.heard('closed');
    windows.order({ do: 'alert' });
    const { annotation, at } = await told;
    const heard = await viewer.closed(annotation);
    flow.push(heard.flow - at);
    whole.push(heard.closed - at);
    // Not in step with anything that beats.
    await pause(50 + 70 * Math.random());
  }
}
