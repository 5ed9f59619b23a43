import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { nearestStep, RATES, rateText } from '../model/alert-rate.js';
import type { SessionView } from '../model/session-view.js';
import { mellm } from '../net/mellm.js';

/** Fewer alerts, more alerts: moves the session's threshold while it runs. Hidden where the server can't move it. */
export function AlertRate({ view }: { readonly view: SessionView }): JSX.Element | null {
  const asked = useSignal<number | undefined>(undefined);
  const failed = useSignal('');
  const held = view.stats.value?.false_alarms_per_minute;
  // What the session says holds, once it says something new: it may be another viewer's wish.
  useEffect(() => {
    asked.value = undefined;
  }, [held]);
  if (held === undefined || view.ended.value) return null;
  const rate = asked.value ?? held;
  const ask = async (step: number): Promise<void> => {
    const wanted = RATES[step] ?? held;
    asked.value = wanted;
    failed.value = '';
    try {
      // The model may know no threshold for so many or so few.
      asked.value = (await mellm.changeSettings(view.id, { false_alarms_per_minute: wanted })).false_alarms_per_minute;
    } catch (error) {
      asked.value = undefined;
      failed.value = error instanceof Error ? error.message : String(error);
    }
  };
  return (
    <div class="alert-rate">
      <label for="alert-rate">Fewer alerts</label>
      <input
        id="alert-rate"
        type="range"
        min={0}
        max={RATES.length - 1}
        step={1}
        value={nearestStep(rate)}
        aria-valuetext={rateText(rate)}
        onChange={(event) => {
          void ask(Number(event.currentTarget.value));
        }}
      />
      <span>More alerts</span>
      <output for="alert-rate">{rateText(rate)}</output>
      {failed.value && (
        <p class="fault" role="status">
          {failed}
        </p>
      )}
    </div>
  );
}
