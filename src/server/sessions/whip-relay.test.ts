import { describe, expect, it } from 'vitest';
import type { SignallingRequest, SignallingResponse } from '../../cluster/mod.js';
import type { IngestPool } from '../../ingest/mod.js';
import { WhipError } from '../../ingest/mod.js';
import { Metrics } from '../../telemetry/mod.js';
import { SessionQuota } from './session-quota.js';
import { PublisherQuota } from './publisher-quota.js';
import { ProblemError } from '../http/problem.js';
import { keyOf, Publications } from './publications.js';
import { NO_ROOM } from '../http/refusal.js';
import type { Sessions } from './sessions.js';
import { WhipRelay } from './whip-relay.js';

type Obey = (signal: SignallingRequest) => Promise<SignallingResponse>;
const SERVERS = [{ urls: 'stun:stun.example.org' }, { urls: 'turn:turn.example.org', username: 'ann', credential: 'a "quoted\\" one' }];
const BEGINNING = { key: keyOf('secret'), offer: 'v=0', token: keyOf('token') };
const NONE = { refusalProblem: undefined } as unknown as Sessions;
const HANGS = (): Promise<SignallingResponse> => Promise.reject(new Error('no answer'));

/** A process that takes one session and never ends it by itself. */
function process(
  publish: IngestPool['publish'] = () =>
    Promise.resolve({
      answer: 'v=0 answer',
      etag: '"1"',
      source: {},
      trickle: () => Promise.resolve({ status: 204, etag: '"1"' }),
    } as never),
): { publications: Publications; ended: string[] } {
  const ended: string[] = [];
  const sessions = {
    newId: () => 's1',
    reserve: () => () => undefined,
    refusalProblem: undefined,
    start: (id: string) => ({ running: { ended: new Promise(() => undefined), id } }),
    findable: () => Promise.resolve(),
    get: (id: string) => ({
      running: {
        close: () => {
          ended.push(id);
        },
      },
    }),
  } as unknown as Sessions;
  return {
    publications: new Publications({
      ingest: { publish },
      sessions,
      held: new SessionQuota(),
      quota: new PublisherQuota({ pending: 16 }),
      iceServers: SERVERS,
    }),
    ended,
  };
}

/** The relay of a process that takes nobody, and the others by their names, the leastLoaded first. */
function relay(others: Readonly<Record<string, Obey>>): { relay: WhipRelay; asked: string[]; counted: () => Promise<string[]> } {
  const asked: string[] = [];
  const metrics = new Metrics();
  const made = new WhipRelay({
    metrics,
    publications: new Publications({
      ingest: undefined,
      sessions: NONE,
      held: new SessionQuota(),
      quota: new PublisherQuota({ pending: 16 }),
      iceServers: [],
    }),
    signalling: {
      connected: true,
      tag: 'own',
      serve: () => undefined,
      tagOf: (node) => `tag-${node}`,
      named: (tag) => Object.keys(others).find((node) => `tag-${node}` === tag),
      leastLoaded: (apart) => Object.keys(others).find((node) => !apart.has(node)),
      ask: (node, signal) => {
        asked.push(`${node} ${signal.do}`);
        return others[node]?.(signal) ?? HANGS();
      },
    },
  });
  const counted = async (): Promise<string[]> =>
    [...(await metrics.expose(undefined)).body.matchAll(/mellm_whip_passed_on_total\{method="(\w+)",outcome="(\w+)"\} ([1-9]\d*)/g)].map(
      ([, method = '', outcome = '', count = '']) => `${method} ${outcome} ${count}`,
    );
  return { relay: made, asked, counted };
}

/** What a process does when it is asked by another one. */
function serving(publications: Publications): Obey {
  let obey: Obey = HANGS;
  new WhipRelay({
    metrics: new Metrics(),
    publications,
    signalling: {
      connected: true,
      tag: 'x',
      tagOf: String,
      named: () => undefined,
      leastLoaded: () => undefined,
      ask: HANGS,
      serve: (with_) => {
        obey = with_;
      },
    },
  });
  return (signal) => obey(JSON.parse(JSON.stringify(signal)) as SignallingRequest);
}

const problem = (error: unknown): unknown => (error instanceof ProblemError ? error.problem : error);

describe('WhipRelay', () => {
  it('lets a publisher begin elsewhere, with all that the answer has to say, and act on what it began', async () => {
    const other = process();
    const { relay: asking, counted } = relay({ a: serving(other.publications) });
    expect(await asking.begin(BEGINNING, NO_ROOM)).toMatchObject({
      answer: 'v=0 answer',
      etag: '"1"',
      session: 's1',
      tag: 'tag-a',
      links: [
        '<stun:stun.example.org>; rel="ice-server"',
        '<turn:turn.example.org>; rel="ice-server"; username="ann"; credential="a \\"quoted\\\\\\" one"; credential-type="password"',
      ],
    });
    const there = asking.resources('tag-a', 'delete');
    expect(await there?.has(BEGINNING.key, { token: keyOf('token') })).toBe(true);
    expect(await there?.has(BEGINNING.key, { token: keyOf('another') })).toBe(false);
    expect(await there?.has(BEGINNING.key, { identity: { session: 'another name' } })).toBe(false);
    expect(await there?.has(BEGINNING.key, { identity: {} })).toBe(true);
    expect(await asking.resources('tag-a', 'patch')?.trickle(BEGINNING.key, { identity: {} }, 'a=x', undefined)).toMatchObject({
      etag: '"1"',
    });
    await there?.end(BEGINNING.key, { identity: {} });
    expect(other.ended).toEqual(['s1']);
    await expect(there?.end(BEGINNING.key, { identity: {} })).rejects.toMatchObject({ problem: { status: 404 } });
    expect(asking.resources('tag-b', 'patch')).toBeUndefined();
    expect(asking.resources('own', 'patch')).toBeUndefined();
    expect(await counted()).toEqual(['post answered 1', 'patch answered 1', 'delete answered 1', 'delete refused 1']);
  });

  it('goes on to the next process where one refuses, fails or says nothing, and to three at most', async () => {
    const full: Obey = () =>
      Promise.resolve({
        is: 'refused',
        status: 503,
        title: 'Service Unavailable',
        code: 'overloaded',
        detail: 'too much',
        retry_after: 15,
      });
    const first = relay({ a: full, b: HANGS, c: serving(process().publications) });
    expect(await first.relay.begin(BEGINNING, NO_ROOM)).toMatchObject({ tag: 'tag-c' });
    // Who said nothing may let it in yet: that is taken back.
    expect(first.asked).toEqual(['a begin', 'b begin', 'b end', 'c begin']);
    const second = relay({ a: full, b: full, c: full, d: serving(process().publications) });
    expect(problem(await second.relay.begin(BEGINNING, NO_ROOM).catch((error: unknown) => error))).toEqual({
      status: 503,
      title: 'Service Unavailable',
      code: 'overloaded',
      detail: 'too much',
      retryAfter: 15,
    });
    expect(await second.counted()).toEqual(['post refused 3']);
    expect(
      problem(
        await relay({})
          .relay.begin(BEGINNING, NO_ROOM)
          .catch((error: unknown) => error),
      ),
    ).toEqual(NO_ROOM);
  });

  it("does not ask a second process where the fault is the publisher's", async () => {
    const { relay: asking, asked } = relay({
      a: serving(process(() => Promise.reject(new WhipError('bad_sdp', 'no SDP'))).publications),
      b: HANGS,
    });
    expect(problem(await asking.begin(BEGINNING, NO_ROOM).catch((error: unknown) => error))).toMatchObject({
      status: 400,
      code: 'bad_sdp',
    });
    expect(asked).toEqual(['a begin']);
  });

  it('ends what begins after its publisher has gone elsewhere', async () => {
    let begin: (publication: never) => void = () => undefined;
    const { publications, ended } = process(
      () =>
        new Promise((resolve) => {
          begin = resolve;
        }),
    );
    const obey = serving(publications);
    const begun = obey({ v: 1, do: 'begin', ...BEGINNING });
    const end = obey({ v: 1, do: 'end', key: BEGINNING.key, by: { identity: {} } });
    begin({ answer: '', etag: '', source: {} } as never);
    expect((await begun).is).toBe('begun');
    expect((await end).is).toBe('ended');
    expect(ended).toEqual(['s1']);
  });
});
