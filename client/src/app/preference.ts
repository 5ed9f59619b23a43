import { effect, signal, type Signal } from '@preact/signals';

/** A switch of this browser that is off until it is turned on, and remembered. */
export function preference(name: string): Signal<boolean> {
  const key = `mellm.${name}`;
  const wanted = signal(read(key));
  effect(() => {
    const { value } = wanted;
    try {
      if (value) localStorage.setItem(key, 'on');
      else localStorage.removeItem(key);
    } catch {
      /* storage is off: it holds until the page is left */
    }
  });
  return wanted;
}

function read(key: string): boolean {
  try {
    return localStorage.getItem(key) === 'on';
  } catch {
    return false;
  }
}
