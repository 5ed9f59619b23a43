import { expect, it } from 'vitest';
import { Metrics } from '../../telemetry/mod.js';
import { IceServerHealth } from './ice-server-health.js';

it('logs one line a change, whichever process noticed it, and keeps a gauge', async () => {
  const metrics = new Metrics();
  const lines: string[] = [];
  const log = (_fields: unknown, text?: string): void => {
    lines.push(text ?? '');
  };
  const health = new IceServerHealth(metrics, { info: log, warn: log } as never);
  const gauge = async (): Promise<string | undefined> =>
    /mellm_ice_server_up\{server="stun:192.0.2.1:3478"\} (\d)/.exec((await metrics.expose(undefined)).body)?.[1];
  expect(await gauge()).toBeUndefined();
  health.heard('stun:192.0.2.1:3478', true);
  expect([lines, await gauge()]).toEqual([[], '1']);
  for (let process = 0; process < 3; process++) health.heard('stun:192.0.2.1:3478', false);
  expect([lines, await gauge()]).toEqual([[expect.stringContaining('does not answer')], '0']);
  health.heard('stun:192.0.2.1:3478', true);
  expect([lines.length, lines[1], await gauge()]).toEqual([2, 'ICE server answers again', '1']);
  metrics.close();
});
