import { signal } from '@preact/signals';
import type { Access } from '../../../clients/javascript/src/index.js';
import { accessToken } from './access-token.js';
import { mellm } from './mellm.js';

/** What the token of this page allows; undefined without one, and while the server has not said. */
export const access = signal<Access | undefined>(undefined);

let asking: Promise<void> = Promise.resolve();

/** Asks what the token allows; to be called when it is complete, for the server counts wrong ones. Never rejects: whoever uses the token is told why it fails. */
export function askAccess(): Promise<void> {
  const token = accessToken.peek();
  if (token === '') {
    access.value = undefined;
    return Promise.resolve();
  }
  asking = (async () => {
    const answer = await mellm.access().catch(() => undefined);
    if (accessToken.peek() === token) access.value = answer;
  })();
  return asking;
}

/** Resolves when the last question is answered. */
export function accessKnown(): Promise<void> {
  return asking;
}

/** Whether the server may erase sessions for this page: it decides itself, session by session. */
export function mayErase(): boolean {
  const known = access.value;
  return known === undefined || known.grants.includes('admin') || known.grants.includes('publish');
}
