import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { SessionView } from '../model/session-view.js';
import { eraseSession } from '../app/erase-session.js';
import { mayErase } from '../net/access.js';
import { accessToken } from '../net/access-token.js';
import { download } from '../moment/export-moment.js';
import { mellm } from '../net/mellm.js';
import type { ExportFormat } from '../../../clients/javascript/src/index.js';
import { milliseconds } from '../model/format.js';

/** Once a second: is the machine keeping up? */
export function StatsStrip({ view, invalid }: { readonly view: SessionView; readonly invalid: number }): JSX.Element {
  const stats = view.stats.value;
  const video = view.started.value?.video;
  const rate = (value: number | undefined): string => (value === undefined ? '–' : value.toFixed(1));
  return (
    <dl class="stats" aria-label="Measurements of the running session">
      <div>
        <dt>Video</dt>
        <dd>{video ? `${String(video.width)}×${String(video.height)} ${video.codec.toUpperCase()}` : '–'}</dd>
      </div>
      <div>
        <dt>Frames in</dt>
        <dd data-stat="fps_in">
          {rate(stats?.fps_in)}
          <small>/s</small>
        </dd>
      </div>
      <div>
        <dt>Analysed</dt>
        <dd data-stat="fps_analyzed">
          {rate(stats?.fps_analyzed)}
          <small>/s</small>
        </dd>
      </div>
      <div>
        <dt>Dropped</dt>
        <dd data-stat="frames_dropped">{stats?.frames_dropped ?? '–'}</dd>
      </div>
      <div>
        <dt>Latency p50</dt>
        <dd>{milliseconds(stats?.latency_ms.p50)}</dd>
      </div>
      <div>
        <dt>p95</dt>
        <dd>{milliseconds(stats?.latency_ms.p95)}</dd>
      </div>
      {invalid > 0 && (
        <div>
          <dt>Unreadable</dt>
          <dd>{invalid}</dd>
        </div>
      )}
    </dl>
  );
}

const NAMES: Readonly<Record<ExportFormat, string>> = { json: 'JSON', jsonl: 'JSON Lines', csv: 'CSV', eaf: 'ELAN', bids: 'BIDS' };

const fileName = (session: string, format: ExportFormat): string => (format === 'bids' ? `${session}_events.tsv` : `${session}.${format}`);

/** Downloads of what was found, erasure and, for one's own session, the link for another viewer. */
export function SessionTools({
  session,
  own = false,
  onErased,
}: {
  readonly session: string;
  readonly own?: boolean;
  readonly onErased: () => void;
}): JSX.Element {
  const said = useSignal('');
  const attempt = async (work: () => Promise<string>): Promise<void> => {
    said.value = await work().catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
  };
  const save = (event: MouseEvent, format: ExportFormat): void => {
    // A link can't carry a token; without one it is a plain link that also copies and opens elsewhere.
    if (accessToken.peek() === '') return;
    event.preventDefault();
    void attempt(async () => {
      download(await mellm.exported(session, format), fileName(session, format));
      return '';
    });
  };
  const openReport = (event: MouseEvent): void => {
    if (accessToken.peek() === '') return;
    event.preventDefault();
    void attempt(async () => {
      download(await mellm.report(session), `${session}.html`);
      return '';
    });
  };
  const watch = `watch?session=${encodeURIComponent(session)}`;
  return (
    <div class="session-tools">
      <p>
        <span>Download</span>
        {(Object.keys(NAMES) as ExportFormat[]).map((format) => (
          <a
            key={format}
            href={mellm.exportUrl(session, format)}
            download={fileName(session, format)}
            onClick={(event) => {
              save(event, format);
            }}
          >
            {NAMES[format]}
          </a>
        ))}
        <a href={mellm.reportUrl(session)} target="_blank" rel="noreferrer" onClick={openReport}>
          Report
        </a>
      </p>
      <p>
        <span>
          Session <code>{session}</code>
        </span>
        {own && <a href={watch}>Watch-only page</a>}
        <a href={`review?session=${encodeURIComponent(session)}`}>Review</a>
        {mayErase() && (
          <button
            type="button"
            class="quiet"
            onClick={() => {
              void attempt(async () => {
                if (await eraseSession(session)) onErased();
                return '';
              });
            }}
          >
            Erase session
          </button>
        )}
      </p>
      {said.value && <p role="status">{said}</p>}
    </div>
  );
}
