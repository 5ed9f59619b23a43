import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { JSX } from 'preact';
import type { Live } from '../app/live.js';
import { listCameras, RESOLUTIONS, type Camera } from '../source/camera.js';
import { keptFocus } from './kept-focus.js';
import { RecordingList } from './recording-list.js';
import { TokenField } from './token-field.js';

/** Where the video comes from: a camera, the sample or a recorded file; and what happens to it. */
export function SourcePanel({ live }: { readonly live: Live }): JSX.Element {
  const source = live.source.value;
  const panel = useRef<HTMLElement>(null);
  useEffect(() => (panel.current ? keptFocus(panel.current) : undefined), []);
  return (
    <section ref={panel} class="source panel" aria-label="Video source">
      <RecordingList desk={live.recordings} />
      {source ? <Running live={live} /> : <Choices live={live} />}
      {live.notice.value && (
        <p class="note" role="status">
          {live.notice}
        </p>
      )}
      {live.complaint.value && (
        <p class="problem" role="alert">
          {live.complaint}
        </p>
      )}
    </section>
  );
}

function cameraName(stream: MediaStream | undefined): string {
  const label = stream?.getVideoTracks()[0]?.label ?? '';
  return label === '' ? 'Camera' : label;
}

function Running({ live }: { readonly live: Live }): JSX.Element {
  const source = live.source.value;
  return (
    <div class="running">
      <p class="running-what">{source?.kind === 'camera' ? cameraName(live.stream.value) : 'Sample clip, repeating'}</p>
      <button
        type="button"
        class="primary"
        onClick={() => {
          live.stop();
        }}
      >
        Stop
      </button>
    </div>
  );
}

function Choices({ live }: { readonly live: Live }): JSX.Element {
  const cameras = useSignal<readonly Camera[]>([]);
  const chosen = useSignal('');
  const size = useSignal(0);
  const picker = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const refresh = (): void => {
      void listCameras().then((found) => {
        cameras.value = found;
      });
    };
    refresh();
    if (!('mediaDevices' in navigator)) return undefined;
    navigator.mediaDevices.addEventListener('devicechange', refresh);
    return () => {
      navigator.mediaDevices.removeEventListener('devicechange', refresh);
    };
  }, []);
  const named = useComputed(() => cameras.value.filter((camera) => camera.id !== ''));
  return (
    <div class="choices">
      <form
        class="camera"
        onSubmit={(event) => {
          event.preventDefault();
          void live.startCamera(chosen.value, RESOLUTIONS[size.value] ?? RESOLUTIONS[0]);
        }}
      >
        <label>
          Camera
          <select
            value={chosen.value}
            onChange={(event) => {
              chosen.value = event.currentTarget.value;
            }}
          >
            <option value="">{cameras.value.length === 0 ? 'No camera found' : 'Default camera'}</option>
            {named.value.map((camera) => (
              <option key={camera.id} value={camera.id}>
                {camera.label}
              </option>
            ))}
          </select>
        </label>
        <label>
          Resolution
          <select
            value={size.value}
            onChange={(event) => {
              size.value = Number(event.currentTarget.value);
            }}
          >
            {RESOLUTIONS.map(({ width, height }, index) => (
              <option key={width} value={index}>
                {width} × {height}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" class="primary">
          Start camera
        </button>
      </form>
      <div class="other-sources">
        <button
          type="button"
          onClick={() => {
            void live.startSample();
          }}
        >
          Try the sample
        </button>
        <button
          type="button"
          onClick={() => {
            picker.current?.click();
          }}
        >
          Open recordings …
        </button>
        <span class="drop-hint">or drop video files anywhere on this page</span>
        <input
          ref={picker}
          class="visually-hidden"
          type="file"
          tabIndex={-1}
          multiple
          aria-label="Recorded video files"
          accept="video/*,.avi,.mkv,.mov,.mp4,.webm"
          onChange={(event) => {
            void live.openFiles([...(event.currentTarget.files ?? [])]);
            event.currentTarget.value = '';
          }}
        />
      </div>
      <p class="consent">
        Video is sent to the server at <b>{location.host}</b> and analysed there. The server stores no video; a recording is deleted as soon
        as it is analysed. Times, measurements and, if the operator has enabled it, small images of alerts are stored until the session is
        erased or expires. Film only people who have consented.
      </p>
      <details class="settings">
        <summary>Session name and access token</summary>
        <form
          onSubmit={(event) => {
            event.preventDefault();
          }}
        >
          <label>
            Session name{' '}
            <input
              type="text"
              maxLength={128}
              value={live.name.value}
              onInput={(event) => {
                live.name.value = event.currentTarget.value;
              }}
            />
          </label>
          <TokenField />
        </form>
        <p class="note">A token is needed only if the server requires one. It is stored for this tab only.</p>
      </details>
    </div>
  );
}
