/** How often to run a property that runs `usual` times in CI: MELLM_PROPERTY_FACTOR times as often (`npm run test:properties`). */
export function runs(usual: number): number {
  return usual * factor;
}

const factor = Math.max(1, Number(process.env['MELLM_PROPERTY_FACTOR'] ?? 1) || 1);
