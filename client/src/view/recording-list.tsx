import type { JSX } from 'preact';
import type { RecordingDesk } from '../app/recording-desk.js';
import type { OpenedRecording } from '../app/recording-queue.js';
import { percent } from '../model/format.js';
import { recordingCondition } from '../model/recording-condition.js';

/** The recordings opened in this page, with their progress; in work, done and failed. */
export function RecordingList({ desk }: { readonly desk: RecordingDesk }): JSX.Element | null {
  const all = desk.queue.all.value;
  if (all.length === 0) return null;
  return (
    <ul class="recordings" aria-label="Recordings">
      {all.map((recording) => (
        <Row key={recording.key} recording={recording} desk={desk} />
      ))}
    </ul>
  );
}

function Row({ recording, desk }: { readonly recording: OpenedRecording; readonly desk: RecordingDesk }): JSX.Element {
  const status = recording.status.value;
  const { phase, share, warnings = [] } = status;
  const { title, detail } = recordingCondition(status);
  const over = phase === 'done' || phase === 'failed';
  const shown = desk.shown.value === recording;
  const { name } = recording.file;
  return (
    <li data-phase={phase} data-session={recording.id.value ?? ''}>
      <span class="running-what">{name}</span>
      <span class={phase === 'failed' ? 'problem' : 'note'} role={phase === 'failed' ? 'alert' : undefined}>
        {phase === 'failed' || status.message !== undefined ? detail : share === undefined || over ? title : `${title} ${percent(share)}`}
      </span>
      {!shown && phase === 'done' && (
        <button
          type="button"
          class="quiet"
          aria-label={`Show ${name}`}
          onClick={() => {
            desk.show(recording);
          }}
        >
          Show
        </button>
      )}
      <button
        type="button"
        class="quiet"
        aria-label={`${over ? 'Remove' : 'Cancel'} ${name}`}
        onClick={() => {
          desk.remove(recording);
        }}
      >
        {over ? 'Remove' : 'Cancel'}
      </button>
      {!over && <progress max={1} aria-label={`${title} ${name}`} {...(share === undefined ? {} : { value: share })} />}
      {warnings.map((warning) => (
        <span key={warning} class="note recording-note">
          {warning}
        </span>
      ))}
      {shown && phase !== 'failed' && <Local desk={desk} />}
    </li>
  );
}

/** What it takes to play the file here. */
function Local({ desk }: { readonly desk: RecordingDesk }): JSX.Element | null {
  const converting = desk.converting.value;
  if (converting) {
    return (
      <span class="note recording-note" role="status">
        {converting.step === 'loading'
          ? 'Loading FFmpeg (32 MB, once) to play this file …'
          : `Converting for playback${converting.share === undefined ? '' : ` ${percent(converting.share)}`} …`}
      </span>
    );
  }
  return desk.unplayable.value === '' ? null : <span class="note recording-note">{desk.unplayable}</span>;
}
