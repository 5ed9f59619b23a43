import { effect, signal } from '@preact/signals';
import { preference } from './preference.js';

/** Milliseconds between two sounds at least. */
const QUIET_MS = 1000;
/** Milliseconds of vibration and pauses in turn. */
const VIBRATION = [120, 80, 120];

/** Makes an alert noticed by who is not looking at the list: a count in the title and on the page and, where wanted, sound and vibration. */
export class AlertNotice {
  readonly sound = preference('sound');
  readonly vibration = preference('vibration');
  /** Alerts since the top of the list was last in view. */
  readonly unseen = signal(0);
  readonly #inView = signal(true);
  #audio: AudioContext | undefined;
  #soundedAt = -Infinity;

  constructor() {
    const title = document.title;
    const look = (): void => {
      if (this.#inView.peek() && !document.hidden) this.unseen.value = 0;
    };
    document.addEventListener('visibilitychange', look);
    effect(() => {
      if (this.#inView.value) look();
    });
    let shown = title;
    effect(() => {
      // The title may be set by the page meanwhile.
      const base = document.title === shown ? shown.replace(/^\(\d+\) /, '') : document.title;
      shown = this.unseen.value === 0 ? base : `(${String(this.unseen.value)}) ${base}`;
      document.title = shown;
    });
    // Browsers give sound only after a gesture; any will do where it was turned on at an earlier visit.
    addEventListener('pointerdown', () => {
      if (this.sound.peek()) void this.#open().resume();
    });
    effect(() => {
      if (this.sound.value)
        void this.#open()
          .resume()
          .catch(() => undefined);
    });
  }

  /** Whether this device can vibrate. */
  get canVibrate(): boolean {
    return 'vibrate' in navigator;
  }

  /** Tells it whether the top of the list can be seen. */
  showing(inView: boolean): void {
    this.#inView.value = inView;
  }

  /** An alert was opened just now. */
  alert(): void {
    if (!this.#inView.peek() || document.hidden) this.unseen.value += 1;
    if (this.vibration.peek() && this.canVibrate) navigator.vibrate(VIBRATION);
    const now = performance.now();
    if (this.sound.peek() && now - this.#soundedAt >= QUIET_MS) {
      this.#soundedAt = now;
      this.#beep();
    }
  }

  #open(): AudioContext {
    return (this.#audio ??= new AudioContext());
  }

  #beep(): void {
    const audio = this.#open();
    const gain = audio.createGain();
    gain.connect(audio.destination);
    const tone = audio.createOscillator();
    tone.frequency.value = 880;
    tone.connect(gain);
    const from = audio.currentTime;
    gain.gain.setValueAtTime(0, from);
    gain.gain.linearRampToValueAtTime(0.15, from + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.001, from + 0.3);
    tone.start(from);
    tone.stop(from + 0.3);
  }
}
