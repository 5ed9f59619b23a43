import type { EventBus } from '../../events/bus/mod.js';
import type { Config } from '../../config/mod.js';
import { openRecording } from '../../pipeline/mod.js';
import type { Store } from '../../store/mod.js';
import type { Logger, Metrics } from '../../telemetry/mod.js';
import type { Sessions } from '../sessions/sessions.js';
import { RecordingFolder } from './recording-folder.js';
import { Recordings } from './recordings.js';

export { recordingRoutes } from './recording-routes.js';

export interface RecordingsParts {
  readonly bus: Pick<EventBus, 'publish'>;
  readonly store: Store;
  readonly sessions: Sessions;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** The recordings, or why none are accepted, for whoever uploads one. */
export type RecordingsService = { readonly recordings: Recordings } | { readonly recordings: undefined; readonly reason: string };

const CLI = '"mellm-live analyze FILE" analyses it without a server';

export async function startRecordings(config: Config, { bus, store, sessions, metrics, log }: RecordingsParts): Promise<RecordingsService> {
  if (!config.recordings.enabled)
    return { recordings: undefined, reason: `this server accepts no recordings (recordings.enabled is false); ${CLI}` };
  if (!config.bus.roles.includes('ingest'))
    return {
      recordings: undefined,
      reason: `this process accepts no recordings (it lacks the role ingest); open the page of one that has it; ${CLI}`,
    };
  const { store: settings } = config;
  let folder: RecordingFolder;
  try {
    folder = await RecordingFolder.open(settings.enabled && settings.url === undefined ? settings.path : undefined);
  } catch (error) {
    log.warn({ err: error }, 'recordings disabled: their folder is not usable; check TMPDIR and store.path');
    return { recordings: undefined, reason: `this server accepts no recordings (their folder is not usable; see its log); ${CLI}` };
  }
  const recordings = new Recordings({
    folder,
    limits: config.recordings,
    sessions,
    metrics,
    open: (path, name) =>
      openRecording({
        path,
        name,
        maxFaces: config.vision.max_faces,
        learned: config.spotting.method === 'learned',
        hangTimeout: config.server.hang_ms,
      }),
    publish: (event) => {
      bus.publish(event);
    },
    erase: (session) => store.erase(session),
    onFailure: (recording, error) => {
      log.warn({ recording, err: error }, 'recording could not be analysed');
    },
  });
  return { recordings };
}
