import { expect, it } from 'vitest';
import { ANYONE } from '../../auth/mod.js';
import { ViewerQuota } from './viewer-quota.js';

it('gives places by address, by token and in all, and says which was short', () => {
  const short: string[] = [];
  const places = new ViewerQuota({ viewers: 5, viewers_per_token: 3, viewers_per_address: 2 }, (reason) => {
    short.push(reason);
  });
  const named = { ...ANYONE, id: 'lab', anonymous: false };
  const leave = places.take(ANYONE, '192.0.2.1');
  places.take(named, '192.0.2.1');
  expect(() => places.take(named, '192.0.2.1')).toThrow(/this address/);
  places.take(named, '192.0.2.2');
  places.take(named, '192.0.2.3');
  expect(() => places.take(named, '192.0.2.4')).toThrow(/this token/);
  places.take(ANYONE, '192.0.2.4');
  expect(() => places.take(ANYONE, '192.0.2.5')).toThrow(/too many viewers; try/);
  expect(short).toEqual(['viewers_per_address', 'viewers_per_token', 'viewers']);
  leave();
  leave();
  places.take(ANYONE, '192.0.2.1');
  expect(() => places.take(ANYONE, '192.0.2.1')).toThrow();
});
