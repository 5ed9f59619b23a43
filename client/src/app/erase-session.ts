import { mellm } from '../net/mellm.js';

/** Erases a session from the server, if the user confirms it; false if not. @throws ProblemError */
export async function eraseSession(session: string): Promise<boolean> {
  if (!confirm('Erase this session and all its findings from the server?')) return false;
  await mellm.eraseSession(session);
  return true;
}
