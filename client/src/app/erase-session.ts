import { authorization } from '../net/access-token.js';
import { fetchOk } from '../net/problem.js';

/** Erases a session from the server, if the user confirms it; false if not. @throws ProblemError */
export async function eraseSession(session: string): Promise<boolean> {
  if (!confirm('Erase this session and all its findings from the server?')) return false;
  await fetchOk(`api/sessions/${encodeURIComponent(session)}`, { method: 'DELETE', headers: authorization() });
  return true;
}
