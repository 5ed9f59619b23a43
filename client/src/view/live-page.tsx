import { useSignal } from '@preact/signals';
import { useCallback } from 'preact/hooks';
import type { JSX } from 'preact';
import { conditionNow } from '../app/facts.js';
import type { Live } from '../app/live.js';
import { AlertRate } from './alert-rate.js';
import { AlertList } from './alert-card.js';
import { NoticeDialog } from './notice-dialog.js';
import { FileDrop } from './file-drop.js';
import { Header } from './header.js';
import { SessionTools, StatsStrip } from './session-tools.js';
import { SourcePanel } from './source-panel.js';
import { Stage } from './stage.js';
import { Timeline } from './timeline.js';
import { Unjudged } from './unjudged.js';

function LiveHeader({ live }: { readonly live: Live }): JSX.Element {
  return <Header page="live" condition={conditionNow(live.viewer, live)} />;
}

/** One's own camera or recording: source, picture, motion and alerts. */
export function LivePage({ live }: { readonly live: Live }): JSX.Element {
  const mirrored = useSignal(false);
  const view = live.viewer.view.value;
  // A recording is analysed at another pace than it is played at: faces of the one are not on the pictures of the other.
  const current = useCallback(() => (live.recordings.shown.peek() ? undefined : live.viewer.view.peek()), [live]);
  const keep = useCallback(
    (element: HTMLVideoElement | null) => {
      live.video = element ?? undefined;
    },
    [live],
  );
  const open = useCallback(
    (files: readonly File[]) => {
      void live.openFiles(files);
    },
    [live],
  );
  const streaming = live.stream.value !== undefined;
  const showing = streaming || live.recordings.playing.value;
  const fault = view?.fault.value;
  return (
    <>
      <LiveHeader live={live} />
      <NoticeDialog notice={live.consent} />
      <main id="main" class="columns">
        <div class="bench">
          <Stage view={current} video={keep} mirrored={mirrored.value && streaming}>
            {!showing && <p class="stage-hint">No video</p>}
            {streaming && (
              <button
                type="button"
                class="mirror"
                aria-pressed={mirrored.value}
                onClick={() => {
                  mirrored.value = !mirrored.value;
                }}
              >
                Mirror
              </button>
            )}
          </Stage>
          <SourcePanel live={live} />
          {view && <StatsStrip view={view} invalid={live.viewer.invalid.value} />}
          {fault && (
            <p class="fault" role="status">
              {fault.message}
            </p>
          )}
          {view && <Timeline key={view.id} view={view} deck={live.viewer.deck} />}
          {view && <Unjudged view={view} />}
          {view && (
            <SessionTools
              session={view.id}
              own
              onErased={() => {
                live.forget(view.id);
              }}
            />
          )}
          {view && <AlertRate key={view.id} view={view} />}
        </div>
        <AlertList
          deck={live.viewer.deck}
          notice={live.viewer.notice}
          live={live}
          hint={
            view
              ? 'No alerts yet. A card appears here when a movement exceeds the threshold.'
              : 'Start a camera, try the sample or open a recording. Each brief facial movement appears here as a card: its onset, apex and offset, what moved, and what that may mean.'
          }
        />
      </main>
      <FileDrop open={open} />
    </>
  );
}
