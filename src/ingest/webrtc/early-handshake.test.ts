import { CandidatePairState, Event, type Connection } from 'werift';
import { describe, expect, it } from 'vitest';
import { EarlyHandshake, type EarlyConnection } from './early-handshake.js';

const dtls = (length: number): Buffer => Buffer.alloc(length, 22);

/** An ICE agent with one pair. */
class Agent implements EarlyConnection {
  readonly onData = new Event<[Buffer]>();
  nominated: Connection['nominated'];
  iceControlling = false;
  readonly checkList: Connection['checkList'];

  constructor(state: CandidatePairState) {
    this.checkList = [{ state, nominated: false }] as unknown as Connection['checkList'];
  }

  checkComplete(pair: Connection['nominated']): void {
    this.nominated = pair;
  }
}

describe('EarlyHandshake', () => {
  it('hands over the first four DTLS datagrams in order, and nothing else', () => {
    const agent = new Agent(CandidatePairState.WAITING);
    const early = new EarlyHandshake(agent);
    for (const datagram of [Buffer.alloc(20), dtls(1), Buffer.alloc(20, 0x80), Buffer.alloc(0)]) agent.onData.execute(datagram);
    for (let length = 2; length < 100; length++) agent.onData.execute(dtls(length));
    const seen: Buffer[] = [];
    agent.onData.subscribe((datagram) => {
      seen.push(datagram);
    });
    early.release();
    expect(seen).toEqual([1, 2, 3, 4].map(dtls));
    agent.onData.execute(dtls(5));
    early.release();
    expect(seen).toHaveLength(5);
  });

  it('takes the pair that works, where none is nominated although the handshake has begun', async () => {
    const [untouched, failed, working] = [CandidatePairState.SUCCEEDED, CandidatePairState.FAILED, CandidatePairState.SUCCEEDED].map(
      (state) => new Agent(state),
    ) as [Agent, Agent, Agent];
    const early = [untouched, failed, working].map((agent) => new EarlyHandshake(agent));
    failed.onData.execute(dtls(1));
    working.onData.execute(dtls(1));
    await expect.poll(() => working.nominated).toBe(working.checkList[0]);
    expect(working.nominated?.nominated).toBe(true);
    expect(failed.nominated).toBeUndefined();
    expect(untouched.nominated).toBeUndefined();
    for (const one of early) one.close();
  });
});
