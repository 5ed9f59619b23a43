import { useComputed, useSignal, type ReadonlySignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { JSX } from 'preact';
import type { Live } from '../app/live.js';
import { tick } from '../app/tick.js';
import type { Alert } from '../model/alert.js';
import { percent } from '../model/format.js';
import { download, exportMoment } from '../moment/export-moment.js';
import type { JobProgress } from '../source/ffmpeg.js';

/** Saves the seconds around an alert from this browser's own recording; the server has no video to give. */
export function MomentExport({ alert, live }: { readonly alert: ReadonlySignal<Alert>; readonly live: Live }): JSX.Element | null {
  const progress = useSignal<JobProgress | undefined>(undefined);
  const problem = useSignal('');
  const job = useRef<AbortController | undefined>(undefined);
  useEffect(
    () => () => {
      job.current?.abort();
    },
    [],
  );
  const { session, onset, apex, offset, id } = alert.value;
  // What the ring holds changes with time, not with any signal; a card is drawn again only when the answer changes.
  const held = useComputed(() => {
    const now = alert.value;
    const recording = tick.value > 0 ? live.recording(now.session) : undefined;
    const begin = recording?.view.filmedAt(now.onset);
    const end = recording?.view.filmedAt(now.offset ?? now.apex + 0.3);
    return begin === undefined || end === undefined ? undefined : recording?.ring.holds(begin, end);
  });
  const recording = live.recording(session);
  const ring = recording?.ring;
  const from = recording?.view.filmedAt(onset);
  const to = recording?.view.filmedAt(offset ?? apex + 0.3);
  if (held.value === undefined || !ring?.type || from === undefined || to === undefined) return null;
  if (!held.value) return <p class="note">No longer in this browser's memory.</p>;

  const save = async (format: 'recording' | 'mp4'): Promise<void> => {
    job.current = new AbortController();
    problem.value = '';
    progress.value = { step: 'working', share: undefined };
    try {
      const made = await exportMoment(
        ring,
        from,
        to,
        format,
        (step) => {
          progress.value = step;
        },
        job.current.signal,
      );
      if (made) download(made.blob, `${id.replace(/[^\w.-]/g, '_')}.${made.extension}`);
      else problem.value = "No longer in this browser's memory.";
    } catch (error) {
      if (!(error instanceof DOMException && error.name === 'AbortError'))
        problem.value = error instanceof Error ? error.message : String(error);
    } finally {
      progress.value = undefined;
    }
  };

  const busy = progress.value;
  return (
    <div class="export">
      {busy ? (
        <>
          <span role="status">
            {busy.step === 'loading'
              ? 'Loading FFmpeg (32 MB, once) …'
              : `Creating the file${busy.share === undefined ? '' : ` ${percent(busy.share)}`} …`}
          </span>
          <button
            type="button"
            class="quiet"
            onClick={() => {
              job.current?.abort(new DOMException('Cancelled.', 'AbortError'));
            }}
          >
            Cancel
          </button>
        </>
      ) : (
        <>
          <span>Export this moment</span>
          <button
            type="button"
            class="quiet"
            onClick={() => {
              void save('mp4');
            }}
          >
            MP4
          </button>
          <button
            type="button"
            class="quiet"
            title="The surrounding recording, unconverted"
            onClick={() => {
              void save('recording');
            }}
          >
            {ring.type.includes('mp4') ? 'Raw MP4' : 'WebM'}
          </button>
        </>
      )}
      {problem.value && (
        <span class="problem" role="alert">
          {problem.value}
        </span>
      )}
    </div>
  );
}
