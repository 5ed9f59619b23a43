import type { PublisherState, StreamState } from '../../../clients/javascript/src/index.js';

/** What the page says about itself, in one word of colour, a title and a sentence. */
export interface Condition {
  readonly level: 'idle' | 'busy' | 'good' | 'warn' | 'bad';
  /** Stable, for tests and styles. */
  readonly code: string;
  readonly title: string;
  readonly detail: string;
}

/** The facts that {@link condition} judges. Ages are milliseconds; Infinity for never. */
export interface Facts {
  /** Where publishing stands; undefined on a watch-only page. */
  readonly publisher: PublisherState | undefined;
  /** Where the line of events stands; undefined before the first. */
  readonly stream: StreamState | undefined;
  /** Milliseconds since the session went live here. */
  readonly liveFor: number;
  readonly statsAge: number;
  readonly trackAge: number;
  /** Frames a second that the server receives; undefined while it has not said. */
  readonly fpsIn: number | undefined;
  /** Frames a second that it analyses. */
  readonly fpsAnalyzed: number | undefined;
  /** Faults of each face now in view, worst first within a face; an empty list for a good face. */
  readonly faces: readonly (readonly string[])[];
  /** Why the session ended; undefined while it runs. */
  readonly endReason: string | undefined;
  /** What the source is, for "starting the camera". */
  readonly source: 'camera' | 'file' | 'sample' | undefined;
}

/** What to do about each quality fault that the server names. */
const FAULTS: Readonly<Record<string, readonly [title: string, detail: string]>> = {
  too_small: ['Face too small', 'Move closer or choose a higher resolution: there are too few pixels to measure small motion.'],
  too_dark: ['Too dark', 'Light the face better: noise hides small movements.'],
  too_bright: ['Too bright', 'Part of the face is overexposed. Dim the light or turn away from the window.'],
  blurred: ['Blurred', 'The face is out of focus or moving fast.'],
  turned: ['Turned away', "Face the camera: half of the face can't be measured from the side."],
  cut_off: ['Face cut off', 'Move so that the whole face is in the picture.'],
  unstable: ['Unsteady', 'Hold still for a second: the face moves too much to be registered.'],
};

/** Why a session ended, in words. */
const ENDS: Readonly<Record<string, string>> = {
  ended: 'The publisher stopped.',
  timeout: 'Video stopped arriving.',
  replaced: 'Another session took its place.',
  shutdown: 'The server was shut down.',
  deleted: 'The session was deleted.',
  failed: 'The session failed on the server.',
  faulty_video: 'The video kept failing to decode.',
  too_much_data: 'The session reached its storage limit.',
  media_process_died: 'The server process that decoded this session crashed and was restarted.',
  interrupted: 'The server stopped unexpectedly; what it found until then is listed here.',
};

function endWords(reason: string): string {
  return ENDS[reason] ?? `The session ended (${reason}).`;
}

const seconds = (ms: number): string => `${String(Math.max(1, Math.round(ms / 1000)))} s`;

/** The truth about the connection, worst news first. A pure function of its facts. */
export function condition(facts: Facts): Condition {
  return (facts.publisher && ofPublisher(facts.publisher, facts)) ?? ofStream(facts) ?? ofPicture(facts);
}

function ofPublisher(publisher: PublisherState, facts: Facts): Condition | undefined {
  switch (publisher.phase) {
    case 'idle':
      return { level: 'idle', code: 'idle', title: 'Not started', detail: 'Nothing is sent yet.' };
    case 'connecting':
      return {
        level: 'busy',
        code: 'connecting',
        title: publisher.attempt > 0 ? 'Reconnecting' : 'Connecting',
        detail: facts.source === 'camera' ? 'Sending the camera to the server.' : 'Sending the video to the server.',
      };
    case 'restarting':
      return { level: 'warn', code: 'reconnecting', title: 'Reconnecting', detail: 'The media connection broke; trying another path.' };
    case 'waiting':
      return {
        level: 'warn',
        code: 'reconnecting',
        title: 'Reconnecting',
        detail: `${publisher.reason} Retrying in ${seconds(publisher.retryIn)}.`,
      };
    case 'refused':
      return { level: 'bad', code: 'refused', title: 'Refused', detail: publisher.reason };
    case 'ended':
      return { level: 'idle', code: 'ended', title: 'Ended', detail: publisher.reason };
    case 'live':
      return undefined;
  }
}

function ofStream(facts: Facts): Condition | undefined {
  const { stream } = facts;
  if (facts.endReason !== undefined) return { level: 'idle', code: 'ended', title: 'Ended', detail: endWords(facts.endReason) };
  if (stream?.phase === 'closed' && stream.reason === 'refused')
    return { level: 'bad', code: 'refused', title: 'Refused', detail: stream.message ?? 'The server refused access to this session.' };
  if (stream?.phase === 'waiting')
    return {
      level: 'warn',
      code: 'reconnecting',
      title: 'Reconnecting',
      detail: `The connection for alerts broke; retrying in ${seconds(stream.retryIn)}. No alert is lost.`,
    };
  if (!stream || stream.phase === 'connecting')
    return { level: 'busy', code: 'connecting', title: 'Connecting', detail: 'Connecting to receive alerts.' };
  return undefined;
}

function ofPicture(facts: Facts): Condition {
  if (facts.liveFor < 4000 && (facts.fpsIn === undefined || facts.trackAge === Infinity)) {
    return { level: 'busy', code: 'starting', title: 'Starting', detail: 'Waiting for the first frames.' };
  }
  if (facts.statsAge > 4000 || facts.fpsIn === undefined)
    return { level: 'bad', code: 'no_frames', title: 'No frames arriving', detail: 'The server has not reported for several seconds.' };
  if (facts.fpsIn < 0.5)
    return { level: 'bad', code: 'no_frames', title: 'No frames arriving', detail: 'Connected, but no video reaches the server.' };
  if (facts.faces.length === 0 || facts.trackAge > 1500)
    return { level: 'warn', code: 'no_face', title: 'No face', detail: 'Video arrives, but no face is detected.' };
  // One face that can be measured is enough; else the least bad one's worst fault is what to fix.
  // Few frames are judged below, beside what arrives.
  const faces = facts.faces.map((faults) => faults.filter((fault) => fault !== 'few_frames'));
  if (!faces.some((faults) => faults.length === 0)) {
    const fault = [...faces].sort((one, other) => one.length - other.length)[0]?.[0] ?? 'unstable';
    const [title, detail] = FAULTS[fault] ?? ['Poor image', `The face can't be measured well (${fault}).`];
    return { level: 'warn', code: fault, title, detail };
  }
  if (facts.liveFor > 5000 && facts.fpsIn < 15) {
    return {
      level: 'warn',
      code: 'few_frames',
      title: 'Few frames',
      detail: `Only ${facts.fpsIn.toFixed(0)} frames per second arrive: too few for brief movements.`,
    };
  }
  if (facts.liveFor > 5000 && facts.fpsAnalyzed !== undefined && facts.fpsAnalyzed < 0.7 * facts.fpsIn) {
    return {
      level: 'warn',
      code: 'overloaded',
      title: 'Server too slow',
      detail: `It analyses ${facts.fpsAnalyzed.toFixed(0)} of ${facts.fpsIn.toFixed(0)} frames per second; brief movements may be missed.`,
    };
  }
  if (facts.liveFor > 5000 && facts.faces.every((faults) => faults.includes('few_frames'))) {
    return {
      level: 'warn',
      code: 'few_frames',
      title: 'Few frames',
      detail: 'Fewer than 15 frames per second are analysed: too few for brief movements.',
    };
  }
  const count = facts.faces.length;
  return {
    level: 'good',
    code: 'live',
    title: 'Live',
    detail: count === 1 ? 'Measuring one face.' : `Measuring ${String(count)} faces.`,
  };
}
