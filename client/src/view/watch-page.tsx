import { useSignal } from '@preact/signals';
import { useCallback, useEffect } from 'preact/hooks';
import type { JSX } from 'preact';
import { eraseSession } from '../app/erase-session.js';
import { conditionNow } from '../app/facts.js';
import type { Viewer } from '../app/viewer.js';
import { askAccess, mayErase } from '../net/access.js';
import { mellm } from '../net/mellm.js';
import type { SessionRecord } from '../../../clients/javascript/src/index.js';
import { AlertList } from './alert-card.js';
import { FileDrop } from './file-drop.js';
import { Header } from './header.js';
import { SessionTools, StatsStrip } from './session-tools.js';
import { Stage } from './stage.js';
import { Timeline } from './timeline.js';
import { TokenField } from './token-field.js';
import { Unjudged } from './unjudged.js';

function WatchHeader({ viewer }: { readonly viewer: Viewer }): JSX.Element {
  return <Header page="watch" condition={conditionNow(viewer)} />;
}

/** Another person's session: everything but the picture, which never leaves the server. */
export function WatchPage({ viewer, session }: { readonly viewer: Viewer; readonly session: string }): JSX.Element {
  const view = viewer.view.value;
  const current = useCallback(() => viewer.view.peek(), [viewer]);
  const refused = viewer.streamState.value?.phase === 'closed' && viewer.streamState.value.reason === 'refused';
  const erased = useSignal(false);
  useEffect(() => {
    void askAccess();
  }, []);
  const ended = view?.ended.value;
  const name = view?.started.value?.name ?? '';
  return (
    <>
      <WatchHeader viewer={viewer} />
      <main id="main" class="columns">
        <div class="bench">
          <h1 class="watch-title">{name === '' ? session : name}</h1>
          <Stage view={current}>
            <p class="stage-note">Video is not relayed. This shows what the server measured.</p>
          </Stage>
          {refused && (
            <Token
              onChange={() => {
                viewer.watch(session);
              }}
            />
          )}
          {view && <StatsStrip view={view} invalid={viewer.invalid.value} />}
          {ended && (
            <p class="fault">
              {ended.totals.duration.toFixed(1)} s, {ended.totals.frames_analyzed} frames analysed, {ended.totals.annotations.micro} micro
              and {ended.totals.annotations.macro} macro found.
            </p>
          )}
          {view && <Timeline key={view.id} view={view} deck={viewer.deck} />}
          {view && <Unjudged view={view} />}
          {erased.value ? (
            <p class="note" role="status">
              Session erased from the server. <a href="watch">All sessions</a>
            </p>
          ) : (
            <SessionTools
              session={session}
              onErased={() => {
                erased.value = true;
                viewer.forget(session);
              }}
            />
          )}
        </div>
        <AlertList
          deck={viewer.deck}
          notice={viewer.notice}
          hint="No alerts yet. A card appears here when a movement exceeds the threshold."
        />
      </main>
      <FileDrop />
    </>
  );
}

function Token({ onChange }: { readonly onChange: () => void }): JSX.Element {
  return (
    <form
      class="panel token"
      onSubmit={(event) => {
        event.preventDefault();
        onChange();
      }}
    >
      <TokenField />
      <button type="submit">Try again</button>
    </form>
  );
}

/** The sessions of this server, asked for every other second while the page is looked at. */
export function SessionListPage(): JSX.Element {
  const sessions = useSignal<readonly SessionRecord[] | undefined>(undefined);
  const problem = useSignal('');
  const asked = useSignal(0);
  useEffect(() => {
    void askAccess();
  }, []);
  const erase = async (session: string): Promise<void> => {
    try {
      if (await eraseSession(session)) sessions.value = sessions.peek()?.filter(({ id }) => id !== session);
      problem.value = '';
    } catch (error) {
      problem.value = error instanceof Error ? error.message : String(error);
    }
  };
  useEffect(() => {
    const leave = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    const ask = async (): Promise<void> => {
      if (!document.hidden) {
        try {
          sessions.value = await mellm.sessions({ signal: leave.signal });
          problem.value = '';
        } catch (error) {
          if (leave.signal.aborted) return;
          problem.value = error instanceof Error ? error.message : String(error);
        }
      }
      timer = setTimeout(() => {
        void ask();
      }, 2000);
    };
    void ask();
    return () => {
      leave.abort();
      clearTimeout(timer);
    };
  }, [asked.value]);
  return (
    <>
      <Header page="watch" />
      <main id="main" class="narrow">
        <h1>Sessions</h1>
        <p class="lead">Choose a session to follow its alerts. Video is not relayed.</p>
        {problem.value && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        {problem.value && (
          <Token
            onChange={() => {
              asked.value += 1;
            }}
          />
        )}
        {sessions.value?.length === 0 && (
          <p class="empty">
            No sessions yet. <a href="./">Start one</a>.
          </p>
        )}
        <ul class="sessions">
          {sessions.value?.map((session) => (
            <li key={session.id}>
              <a href={`watch?session=${encodeURIComponent(session.id)}`}>{session.name || session.id}</a>
              <a class="to-review" href={`review?session=${encodeURIComponent(session.id)}`}>
                Review
              </a>
              <span class={`session-state session-${session.state}`}>{session.state}</span>
              <span>{new Date(session.started).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })}</span>
              <span>
                {session.video ? `${String(session.video.width)}×${String(session.video.height)} ${session.video.codec.toUpperCase()}` : ''}
              </span>
              <span>{`${String(session.annotations.micro)} micro · ${String(session.annotations.macro)} macro`}</span>
              {mayErase() && (
                <button
                  type="button"
                  class="quiet"
                  aria-label={`Erase session ${session.name || session.id}`}
                  onClick={() => {
                    void erase(session.id);
                  }}
                >
                  Erase
                </button>
              )}
            </li>
          ))}
        </ul>
      </main>
      <FileDrop />
    </>
  );
}
