import type { JSX } from 'preact';
import { notJudged } from '../model/not-judged.js';
import type { SessionView } from '../model/session-view.js';

/** What was looked at and could not be judged, by face: an alert may be missing there. */
export function Unjudged({ view }: { readonly view: SessionView }): JSX.Element {
  const faces = [...view.unread.value.values()].map((unread) => ({ ...unread, text: notJudged(unread) })).filter(({ text }) => text !== '');
  return (
    <ul class="unjudged" aria-label="Not judged">
      {faces.length === 0 && <li>Not judged: nothing so far</li>}
      {faces.map(({ face, watched, text }) => (
        <li key={face} data-face={face}>
          {view.unread.value.size > 1 && <b>{face.replace(/^f(?=\d)/, 'Face ')} </b>}Not judged: {text}; in view {Math.round(watched)} s
        </li>
      ))}
    </ul>
  );
}
