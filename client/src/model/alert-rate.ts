/** Steps of the slider: false alarms a minute that the viewer puts up with. The model's most lenient threshold gives about four. */
export const RATES = [0.05, 0.1, 0.2, 0.5, 1, 2, 4] as const;

/** The step whose rate is nearest, by ratio. */
export function nearestStep(rate: number): number {
  const away = RATES.map((step) => Math.abs(Math.log(step / Math.max(rate, 1e-6))));
  return away.indexOf(Math.min(...away));
}

/** A rate in words. It was measured on synthetic clips, so it is said as an expectation. */
export function rateText(perMinute: number): string {
  const minutes = Math.round(1 / perMinute),
    alarms = Math.round(perMinute);
  if (minutes > 1) return `about one false alarm in ${String(minutes)} minutes expected`;
  return alarms > 1 ? `about ${String(alarms)} false alarms a minute expected` : 'about one false alarm a minute expected';
}
