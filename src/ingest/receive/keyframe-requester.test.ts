import { describe, expect, it } from 'vitest';
import { KeyframeRequester } from './keyframe-requester.js';

describe('KeyframeRequester', () => {
  it('asks at once, then ever more rarely, until one comes', () => {
    const sent: number[] = [];
    let now = 0;
    const requester = new KeyframeRequester(() => {
      sent.push(now);
      return true;
    });
    requester.request(0);
    for (now = 20; now <= 6000; now += 20) requester.request(now);
    expect(sent[0]).toBe(0);
    expect(sent.length).toBeLessThanOrEqual(6);
    expect(sent.length).toBeGreaterThanOrEqual(4);
    requester.arrived();
    requester.tick(60_000);
    expect(requester.wanted).toBe(false);
  });

  it('tries again soon when it could not be sent', () => {
    let up = false;
    let sent = 0;
    const requester = new KeyframeRequester(() => {
      if (up) sent++;
      return up;
    });
    requester.request(0);
    up = true;
    requester.tick(20);
    expect(sent).toBe(1);
  });
});
