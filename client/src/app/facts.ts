import type { Condition } from '../model/condition.js';
import { condition, type Facts } from '../model/condition.js';
import { recordingCondition } from '../model/recording-condition.js';
import type { Live } from './live.js';
import { tick } from './tick.js';
import type { Viewer } from './viewer.js';

/** The condition of a page now; reads signals, so a component that calls it follows them. */
export function conditionNow(viewer: Viewer, live?: Live): Condition {
  // The clock may be read between two ticks; ages must not be negative.
  const now = Math.max(tick.value, performance.now());
  const view = viewer.view.value;
  const source = live?.source.value;
  const recording = live?.recordings.shown.value;
  if (recording) return viewer.steady.take(recordingCondition(recording.status.value), now);
  if (live?.preparing.value) {
    return viewer.steady.take(
      source?.kind === 'camera'
        ? { level: 'busy', code: 'preparing', title: 'Opening the camera', detail: 'The browser may ask for permission.' }
        : { level: 'busy', code: 'preparing', title: 'Opening the video', detail: 'Nothing is sent yet.' },
      now,
    );
  }
  const facts: Facts = {
    publisher: live?.publishing.value,
    stream: viewer.streamState.value,
    liveFor: live ? now - live.liveSince : Infinity,
    statsAge: view ? now - view.statsAt : Infinity,
    trackAge: view ? now - view.trackAt : Infinity,
    fpsIn: view?.stats.value?.fps_in,
    fpsAnalyzed: view?.stats.value?.fps_analyzed,
    faces: view?.presentFaces(now).map((face) => face.track.quality.faults) ?? [],
    endReason: view?.ended.value?.reason,
    source: source?.kind,
  };
  return viewer.steady.take(condition(facts), now);
}
