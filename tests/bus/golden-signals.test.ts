import { expect, it } from 'vitest';
import { Signalling, type SignallingRequest, type SignallingResponse } from '../../src/cluster/signalling.js';
import { golden, goldenLines } from './golden.js';
import { Wiretap } from './wiretap.js';

const KEY = 'ab'.repeat(32);
const TOKEN = '01'.repeat(32);
const SIGNALS: readonly SignallingRequest[] = [
  { v: 1, do: 'begin', key: KEY, offer: 'v=0\r\n', name: 'Zoë', holder: '0123abcd', token: TOKEN },
  { v: 1, do: 'begin', key: KEY, offer: 'v=0\r\n' },
  { v: 1, do: 'find', key: KEY, by: { token: TOKEN, identity: { session: 'Zoë' } } },
  { v: 1, do: 'find', key: KEY, by: { token: TOKEN } },
  { v: 1, do: 'find', key: KEY, by: {} },
  { v: 1, do: 'trickle', key: KEY, by: { identity: { session: 'Zoë' } }, fragment: 'a=mid:0\r\n', if_match: '"1"' },
  { v: 1, do: 'end', key: KEY, by: { identity: {} } },
];
const SIGNALLED: readonly SignallingResponse[] = [
  { is: 'begun', answer: 'v=0\r\n', etag: '"1"', session: 's1', links: ['<stun:stun.example.org>; rel="ice-server"'] },
  { is: 'refused', status: 503, title: 'Service Unavailable', code: 'full', detail: 'all places are taken', retry_after: 10 },
  { is: 'found', found: true },
  { is: 'found', found: true },
  { is: 'found', found: false },
  { is: 'trickled', body: 'a=ice-ufrag:abcd\r\n', etag: '"2"' },
  { is: 'ended' },
];

it('signalling for publishers of other processes, version 1: written and read as when it was released', async () => {
  const [asking, obeying] = [new Wiretap('n2'), new Wiretap('n1')];
  const asked = new Signalling(asking.nats, () => undefined);
  const obeyed: SignallingRequest[] = [];
  new Signalling(obeying.nats, () => undefined).serve((signal) => {
    obeyed.push(signal);
    return Promise.resolve(SIGNALLED[obeyed.length - 1] ?? { is: 'ended' });
  });
  asking.reply = () => new TextEncoder().encode(JSON.stringify(SIGNALLED.at(-1)));
  for (const signal of SIGNALS) await asked.ask('n1', signal, 1000);
  expect(new Set(asking.sent.map(({ subject }) => subject))).toEqual(new Set(['mellm.whip.n1']));
  const answers: Uint8Array[] = [];
  for (const question of goldenLines(
    'signals.v1.jsonl',
    asking.sent.map(({ data }) => data),
  ))
    answers.push(new Uint8Array(Buffer.concat(await obeying.deliver('mellm.whip.n1', question))));
  expect(obeyed).toEqual(SIGNALS);
  const released = goldenLines('signalled.v1.jsonl', answers);
  for (const answer of SIGNALLED) {
    asking.reply = () => released.shift() ?? new Uint8Array();
    expect(await asked.ask('n1', SIGNALS.at(-1)!, 1000)).toEqual(answer);
  }
  // The name of a process in its resources' paths must be the same at all releases, too.
  expect(new TextDecoder().decode(golden('tag.v1.txt', new TextEncoder().encode(asked.tagOf('n1'))))).toMatch(/^[\w-]{8}$/);
});
