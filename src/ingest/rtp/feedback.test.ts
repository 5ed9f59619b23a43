import { describe, expect, it } from 'vitest';
import { BandwidthEstimator } from './bandwidth.js';
import { QueueDelay } from './queue-delay.js';
import { ReceiveStatistics } from './receive-statistics.js';
import { estimatedBitrate, fullIntraRequest, nack, pictureLoss, receiverReport } from './rtcp.js';

describe('RTCP', () => {
  it('packs lost packets into masks (RFC 4585)', () => {
    expect(nack(1, 2, [65_535, 0, 3, 20]).toString('hex')).toBe('81cd0004' + '00000001' + '00000002' + 'ffff0009' + '00140000');
  });

  it('writes PLI, FIR and an empty report', () => {
    expect(pictureLoss(1, 2).toString('hex')).toBe('81ce00020000000100000002');
    expect(fullIntraRequest(1, 2, 7).toString('hex')).toBe('84ce000400000001000000000000000207000000');
    expect(receiverReport(5, undefined).toString('hex')).toBe('80c9000100000005');
  });

  it('writes the loss of a report as 24 bits with a sign (RFC 3550)', () => {
    const report = { ssrc: 2, fractionLost: 3, cumulativeLost: -1, highestSequence: 4, jitter: 5, lastSr: 6, delaySinceLastSr: 0xffffffff };
    expect(receiverReport(1, report).toString('hex')).toBe(
      '81c90007' + '00000001' + '00000002' + '03ffffff' + '00000004' + '00000005' + '00000006' + 'ffffffff',
    );
  });

  it('writes REMB with 18 bits of mantissa', () => {
    const bytes = estimatedBitrate(1, 2, 2_500_000);
    const word = bytes.readUInt32BE(16);
    expect(word >>> 24).toBe(1);
    expect((word & 0x3ffff) * 2 ** ((word >>> 18) & 63)).toBeCloseTo(2_500_000, -2);
    expect(bytes.length).toBe((bytes.readUInt16BE(2) + 1) * 4);
  });
});

describe('ReceiveStatistics', () => {
  it('reports loss of the interval and over all (RFC 3550 A.3)', () => {
    const statistics = new ReceiveStatistics(9);
    for (const sequence of [10, 11, 13, 14]) statistics.add(sequence, sequence * 3000, sequence * 33);
    const report = statistics.report(1000);
    expect(report).toMatchObject({ ssrc: 9, cumulativeLost: 1, fractionLost: Math.floor(256 / 5), highestSequence: 14, lastSr: 0 });
    statistics.add(15, 45_000, 500);
    expect(statistics.report(2000).fractionLost).toBe(0);
    expect(receiverReport(1, report).length).toBe(32);
  });
});

describe('BandwidthEstimator', () => {
  const clean = { missing: 0, came: 100, received: 2e6, queueDelay: 0, elapsed: 500 };

  it('grows to its limit on a clean link, stays there at 1 % loss', () => {
    const estimator = new BandwidthEstimator();
    for (let i = 0; i < 60; i++) estimator.update(clean);
    expect(estimator.estimate).toBe(4_000_000);
    for (let i = 0; i < 60; i++) estimator.update({ ...clean, missing: 1, came: 99 });
    expect(estimator.estimate).toBe(4_000_000);
  });

  it('backs off at 10 % loss, and comes back', () => {
    const estimator = new BandwidthEstimator();
    for (let i = 0; i < 10; i++) estimator.update({ ...clean, missing: 10, came: 90 });
    const low = estimator.estimate;
    expect(low).toBeLessThan(1_500_000);
    for (let i = 0; i < 20; i++) estimator.update(clean);
    expect(estimator.estimate).toBeGreaterThan(1.5 * low);
  });

  it('falls towards what comes when queues grow, never below its least', () => {
    const estimator = new BandwidthEstimator();
    for (let i = 0; i < 40; i++) estimator.update({ ...clean, received: 400_000, queueDelay: 400 });
    expect(estimator.estimate).toBeLessThan(400_000);
    expect(estimator.estimate).toBeGreaterThanOrEqual(150_000);
  });
});

describe('QueueDelay', () => {
  const send = (ms: number): number => Math.round((ms / 1000) * 2 ** 18) & 0xffffff;

  it('is 0 on an even path, whatever the offset, over the 64 s wrap', () => {
    const queue = new QueueDelay();
    for (let ms = 0; ms < 130_000; ms += 33) queue.add(send(ms), 1e9 + ms);
    expect(queue.delay).toBeLessThan(1);
  });

  it('sees a queue grow', () => {
    const queue = new QueueDelay();
    for (let ms = 0; ms < 4000; ms += 33) queue.add(send(ms), 1e6 + ms);
    for (let ms = 4000; ms < 6000; ms += 33) queue.add(send(ms), 1e6 + ms + (ms - 4000) / 4);
    expect(queue.delay).toBeGreaterThan(200);
  });
});
