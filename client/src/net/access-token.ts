import { signal } from '@preact/signals';

/** The bearer token the user typed, empty without one. Kept for this tab only; never in a URL, never on disk beyond the tab. */
export const accessToken = signal(read());

function read(): string {
  try {
    return sessionStorage.getItem('mellm.token') ?? '';
  } catch {
    return '';
  }
}

export function setAccessToken(value: string): void {
  accessToken.value = value.trim();
  try {
    sessionStorage.setItem('mellm.token', accessToken.value);
  } catch {
    /* storage is off: it lives until the page is left */
  }
}
