import { signal } from '@preact/signals';

/** performance.now(), four times a second: what depends on the age of things reads it. */
export const tick = signal(performance.now());
setInterval(() => {
  tick.value = performance.now();
}, 250);
