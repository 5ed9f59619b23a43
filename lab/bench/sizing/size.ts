import type { Costs } from './costs.js';
import { simulateDay, type Day } from './day.js';
import { LIMITS } from './limits.js';
import { simulatePeak, type Peak } from './peak.js';
import { Random } from './random.js';

/** What an installation for so many sessions needs. Rates are those of the busiest hour, a second. */
export interface Sizing {
  readonly sessions: number;
  readonly places: number;
  readonly nodes: number;
  readonly cores: {
    readonly ingest: number;
    readonly flow: number;
    readonly llm: number;
    readonly api: number;
    readonly store: number;
    readonly nats: number;
  };
  readonly processes: { readonly flow: number; readonly llm: number; readonly api: number; readonly all: number };
  /** Whether what each api process hears leaves it room for viewers. */
  readonly apiFits: boolean;
  /** Mbit/s. */
  readonly network: { readonly video: number; readonly viewers: number; readonly natsIn: number; readonly natsOut: number };
  readonly messages: { readonly in: number; readonly out: number };
  /** `bus.image_megabytes` for an hour of images. */
  readonly imageMegabytes: number;
  /** What JetStream takes: messages and bytes; on disk, and in memory. */
  readonly stream: { readonly disk: Rate; readonly memory: Rate };
  /** Bytes a day in the store; bytes of a day in the stream of events. */
  readonly stored: number;
  readonly streamed: number;
  readonly day: Day;
  readonly peak: Peak;
  /** What of the shared parts is used, the fullest first. */
  readonly parts: readonly Part[];
}

interface Rate {
  readonly messages: number;
  readonly bytes: number;
}

/** A part that does not grow with the number of processes, and how much of it is used; 1 is all. */
interface Part {
  readonly name: string;
  readonly used: number;
  readonly breaks: string;
}

/** Seconds for which pictures should be there, for a viewer that opens an alert. */
const PICTURES = 60;

/** Sizes an installation by simulating its day and the queues of its busiest hour. */
export function size(costs: Costs, sessions: number, seed: number): Sizing {
  const { session, alert, flow, llm, bus, machines, load, targets } = costs;
  const places = Math.floor((machines.cores.value * machines.use.value) / session.ingest.value);
  const peak = simulatePeak(costs, sessions, seed);
  const alerts = peak.alerts / peak.seconds;
  // In the middle of it a node dies.
  const busiest = load.hours.indexOf(Math.max(...load.hours));
  const simulate = (nodes: number): Day =>
    simulateDay(
      {
        peak: sessions,
        hours: load.hours,
        length: session.length.value * 60,
        nodes,
        places,
        death: 3600 * busiest + 1800,
        nodeBack: load.node_back.value,
        notices: load.notices.value,
        beat: LIMITS.beat / 1000,
        retryAfter: LIMITS.retryAfter / 1000,
      },
      new Random(seed + 10),
    );
  // One more than the sessions fill: one may die.
  let nodes = Math.ceil(sessions / places) + 1;
  let day = simulate(nodes);
  while (day.refused > targets.refused.value) day = simulate((nodes = Math.ceil(nodes * 1.02)));

  const events = alerts * alert.events.value;
  const viewers = sessions * session.viewers.value;
  const watched = Math.min(1, session.viewers.value);
  const passing = sessions * (watched * bus.passing.value + (1 - watched) * bus.passing_unwatched.value);
  const jobs = alerts * (alert.pairs.value + 1);
  const words = alerts * (alert.pairs.value + llm.messages.value);
  const images = 4 * alerts * alert.pairs.value;

  // A process of viewers is one thread, and hears every durable event of all. Where that alone is too much, more of them don't help:
  // as many are counted as the viewers take.
  const hears = (events * bus.api_event.value) / 1000;
  const free = machines.main_thread.value - hears;
  const api = Math.max(
    2,
    Math.ceil((viewers * bus.api_viewer.value) / (free > 0.1 * machines.main_thread.value ? free : machines.main_thread.value)),
  );
  const all = nodes + peak.flow.workers + peak.llm.workers + api + 1;
  const beats = { in: (all / LIMITS.beat) * 1000, out: ((all * all) / LIMITS.beat) * 1000 };
  // Each event is told to every api process and to the store; a ephemeral one to those who watch it.
  const messages = {
    in: 2 * events + passing + jobs + words + images + beats.in,
    out: events * (api + 3) + viewers * bus.passing.value + 2 * jobs + words + images + beats.out,
  };
  const bytes = {
    flow: alerts * alert.pairs.value * flow.job_bytes.value,
    llm: alerts * llm.job_bytes.value,
    events: events * alert.event_bytes.value,
    passing: passing * bus.passing_bytes.value,
    answers: alerts * (alert.pairs.value * flow.answer_bytes.value + llm.messages.value * llm.message_bytes.value),
    images: (images / 4) * alert.image_bytes.value,
  };
  const natsIn = Object.values(bytes).reduce((a, b) => a + b, 0) + beats.in * bus.beat_bytes.value;
  const natsOut =
    bytes.flow +
    bytes.llm +
    bytes.answers +
    bytes.events * (api + 1) +
    viewers * bus.passing.value * bus.passing_bytes.value +
    beats.out * bus.beat_bytes.value;
  const cores = {
    ingest: nodes * machines.cores.value,
    flow: peak.flow.workers,
    llm: peak.llm.workers,
    api: api * machines.main_thread.value,
    store: (events * bus.store_event.value) / 1000,
    nats:
      (events * bus.nats_event.value + passing * bus.nats_passing.value + jobs * bus.nats_job.value + beats.out * bus.nats_passing.value) /
      1000,
  };
  const parts: Part[] = [
    { name: 'nats-server', used: cores.nats / (machines.cores.value * machines.use.value), breaks: 'its cores' },
    {
      name: 'the network of nats-server',
      used: ((natsIn + natsOut) * 8) / 1e9 / machines.network.value,
      breaks: 'jobs with crops, events sent to every api process',
    },
    { name: 'the store process', used: cores.store / machines.main_thread.value, breaks: 'events taken from the stream by one process' },
    { name: 'each api process', used: hears / machines.main_thread.value, breaks: 'it hears every durable event of all sessions' },
    {
      name: 'heartbeats of nodes',
      used: ((all / LIMITS.beat) * bus.beat.value) / 0.1,
      breaks: 'each process hears every other one; a tenth of a thread is meant for it',
    },
    {
      name: 'pictures in memory',
      used: (PICTURES * bytes.images) / LIMITS.imageBytes,
      breaks: 'the 256 MB of `bus.image_megabytes` hold them for less than a minute: increase it',
    },
    {
      name: 'flow jobs with workers',
      used: (peak.flow.workers * LIMITS.flowLanes * LIMITS.batch) / LIMITS.unacked,
      breaks: 'beyond 1000 the queue silently stops delivering',
    },
    { name: 'MELLM jobs with workers', used: peak.llm.workers / LIMITS.unacked, breaks: 'beyond 1000 the queue silently stops delivering' },
    {
      name: 'the flow queue',
      used: (peak.flow.longest * flow.job_bytes.value) / LIMITS.queueBytes,
      breaks: '256 MiB of crops, then the oldest are dropped',
    },
  ];
  const alertsADay = ((day.sessionHours * 60 * alerts) / sessions) * 60;
  return {
    sessions,
    places,
    nodes,
    cores,
    day,
    peak,
    messages,
    apiFits: free > 0.1 * machines.main_thread.value,
    processes: { flow: peak.flow.workers, llm: peak.llm.workers, api, all },
    network: {
      video: (sessions * session.video.value) / 1000,
      viewers: (viewers * session.viewing.value) / 1000,
      natsIn: (natsIn * 8) / 1e6,
      natsOut: (natsOut * 8) / 1e6,
    },
    stream: {
      disk: { messages: events, bytes: bytes.events },
      memory: { messages: jobs + images, bytes: bytes.flow + bytes.llm + bytes.images },
    },
    imageMegabytes: (3600 * bytes.images) / 2 ** 20,
    stored: alertsADay * alert.kept_bytes.value,
    streamed: alertsADay * alert.events.value * alert.event_bytes.value,
    parts: parts.sort((a, b) => b.used - a.used),
  };
}
