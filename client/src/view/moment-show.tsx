import type { ReadonlySignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { RecordingDesk } from '../app/recording-desk.js';
import type { Alert } from '../model/alert.js';

/** Plays the moment of an alert in the user's own file. */
export function MomentShow({ alert, desk }: { readonly alert: ReadonlySignal<Alert>; readonly desk: RecordingDesk }): JSX.Element | null {
  const { session, onset } = alert.value;
  const recording = desk.queue.all.value.find(({ id }) => id.value === session);
  if (!recording) return null;
  return (
    <div class="export">
      <button
        type="button"
        class="quiet"
        onClick={() => {
          void desk.seek(recording, onset);
        }}
      >
        Show in the recording
      </button>
    </div>
  );
}
