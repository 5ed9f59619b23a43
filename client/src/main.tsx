import './jitless.js';
import { render } from 'preact';
import { Live } from './app/live.js';
import { ReviewDesk } from './review/review-desk.js';
import { Viewer } from './app/viewer.js';
import { LivePage } from './view/live-page.js';
import { ReviewPage } from './review/review-page.js';
import { SessionListPage, WatchPage } from './view/watch-page.js';

const page = document.getElementById('page');
if (!page) throw new Error('index.html has no #page');
page.replaceChildren();

if (location.pathname.endsWith('/watch')) {
  const session = new URLSearchParams(location.search).get('session');
  if (session === null || session === '') render(<SessionListPage />, page);
  else {
    const viewer = new Viewer();
    viewer.watch(session);
    document.title = `Watching ${session} – mellm-live`;
    render(<WatchPage viewer={viewer} session={session} />, page);
  }
} else if (location.pathname.endsWith('/review')) {
  const session = new URLSearchParams(location.search).get('session') ?? '';
  document.title = `Review ${session} – mellm-live`;
  render(<ReviewPage desk={new ReviewDesk(session)} />, page);
} else render(<LivePage live={new Live()} />, page);
