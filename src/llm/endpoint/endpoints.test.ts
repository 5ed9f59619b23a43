import { afterEach, describe, expect, it } from 'vitest';
import type { FlowReport } from '../../flow/contract.js';
import { startDescriber, type Describer, type DescriberOptions } from '../describer.js';
import { ANSWER, begin, chunk, mockServer, stream, type MockServer, type Responder } from '../../../tests/support/mock-llm-server.js';

const report: FlowReport = {
  rois: [
    { region: 'Left Mouth Corner', mean_magnitude: 0.8, max_magnitude: 1.2, direction: 'up-left', angle_deg: 140, concentration: 0.98 },
  ],
  head: { u: 0, v: 0, rotation: 0 },
  source: 'meflownet@12345678',
  ms: 20,
};
const never = new AbortController().signal;

interface Several {
  describer: Describer;
  servers: MockServer[];
  hosts: string[];
  told: string[];
  counted: string[];
}

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0)) await thing.close();
});

async function start(responders: readonly Responder[], options: DescriberOptions = {}): Promise<Several> {
  const servers = await Promise.all(responders.map((respond) => mockServer(respond)));
  const told: string[] = [];
  const counted: string[] = [];
  const hosts = servers.map(({ url }) => new URL(url).host);
  const name = (text: string): string => hosts.reduce((all, host, i) => all.replaceAll(host, String(i)), text);
  const describer = await startDescriber({
    url: servers.map(({ url }) => url),
    model: 'm',
    embedded: false,
    onEndpoint: (endpoint, up) => {
      told.push(`${name(endpoint)} ${up ? 'up' : 'down'}`);
    },
    onRequest: (source, result) => {
      counted.push(`${name(source)} ${result}`);
    },
    ...options,
  });
  open.push(describer, ...servers);
  return { describer, servers, hosts, told, counted };
}

const well: Responder = (response) => stream(response);
const counts = ({ servers }: Several): number[] => servers.map(({ requests }) => requests.length);

async function ask({ describer }: Several): Promise<{ source?: string; code?: string; text: string }> {
  let text = '';
  try {
    const { source } = await describer.describe(
      report,
      (delta) => {
        text += delta;
      },
      never,
    );
    return { source, text };
  } catch (error) {
    return { code: (error as { code: string }).code, text };
  }
}

describe('several endpoints', () => {
  it('are taken in turn, and each answer says whose it is', async () => {
    const several = await start([well, well, well]);
    const sources: (string | undefined)[] = [];
    for (let i = 0; i < 6; i++) sources.push((await ask(several)).source);
    expect(sources).toEqual([0, 1, 2, 0, 1, 2].map((i) => `${several.hosts[i] ?? ''}/m`));
    expect(several.describer.sources).toHaveLength(3);
    expect(several.told).toEqual(['0 up', '1 up', '2 up']);
  });

  it.each<[string, Responder, DescriberOptions['endpoint']]>([
    [
      'closes the connection',
      (response) => {
        response.destroy();
      },
      {},
    ],
    [
      'answers 500',
      (response) => {
        response.writeHead(500).end();
      },
      {},
    ],
    [
      'answers 503',
      (response) => {
        response.writeHead(503).end();
      },
      {},
    ],
    ['gives no token in time', () => undefined, { firstTokenTimeout: 150 }],
  ])('hand a request on, in silence, from one that %s, and leave it out', async (_name, respond, endpoint = {}) => {
    const several = await start([respond, well], { endpoint });
    for (let i = 0; i < 4; i++) expect(await ask(several)).toEqual({ source: `${several.hosts[1] ?? ''}/m`, text: ANSWER });
    expect(counts(several)).toEqual([1, 4]);
    expect(several.counted).toEqual(['0/m fallback', '1/m ok', '1/m ok', '1/m ok', '1/m ok']);
    expect(several.told).toEqual(['0 up', '1 up', '0 down']);
  });

  it('leave out one that is not there', async () => {
    const several = await start([well], {});
    const gone = await mockServer(well);
    await gone.close();
    const told: string[] = [];
    const describer = await startDescriber({
      url: [gone.url, several.servers[0]?.url ?? ''],
      model: 'm',
      embedded: false,
      onEndpoint: (endpoint, up) => {
        told.push(`${endpoint} ${String(up)}`);
      },
    });
    open.push(describer);
    expect((await ask({ ...several, describer })).source).toBe(`${several.hosts[0] ?? ''}/m`);
    expect(told.at(-1)).toBe(`${new URL(gone.url).host} false`);
    expect(describer.info().endpoint).toBe('open closed');
  });

  it('try one that failed again with one request, wait longer when that fails, and take it back when it answers', async () => {
    let broken = true;
    let now = 1000;
    const several = await start([(response) => (broken ? void response.writeHead(500).end() : stream(response)), well], {
      endpoint: { breaker: { now: () => now } },
    });
    await ask(several);
    now += 5001;
    await Promise.all([ask(several), ask(several), ask(several), ask(several)]);
    expect(counts(several)[0]).toBe(2);
    broken = false;
    now += 9000; // the second pause lasts 10 s
    await ask(several);
    await ask(several);
    expect(counts(several)[0]).toBe(2);
    now += 1001;
    await ask(several);
    await ask(several);
    expect(counts(several)[0]).toBe(3);
    expect(several.told).toEqual(['0 up', '1 up', '0 down', '0 up']);
  });

  it('are asked at most twice, and never again once text was shown', async () => {
    const bad: Responder = (response) => {
      response.writeHead(500).end();
    };
    const three = await start([bad, bad, well], { endpoint: { retries: 0 } });
    expect((await ask(three)).code).toBe('llm_server_failed');
    expect(counts(three)).toEqual([1, 1, 0]);
    expect((await ask(three)).source).toBe(`${three.hosts[2] ?? ''}/m`);
    // Text is shown at once only of a server whose first answer began with no thinking.
    const two = await start([
      (response, _body, count) => {
        if (count === 1) return stream(response);
        begin(response);
        response.write(chunk('The left mouth corner'));
        setTimeout(() => response.destroy(), 20);
        return undefined;
      },
      well,
    ]);
    await ask(two);
    await ask(two);
    expect(await ask(two)).toMatchObject({ code: 'llm_cut', text: 'The left mouth corner' });
    expect(counts(two)).toEqual([2, 1]);
    expect(two.counted.at(-1)).toBe('0/m failed');
  });

  it('say that none is left only when none is', async () => {
    const bad: Responder = (response) => {
      response.writeHead(500).end();
    };
    const several = await start([bad, bad], { endpoint: { retries: 0 } });
    for (let i = 0; i < 8; i++) expect((await ask(several)).code).toMatch(/^llm_(server_failed|paused)$/);
    expect(several.describer.info().endpoint).toBe('open open');
    const before = counts(several);
    expect((await ask(several)).code).toBe('llm_paused');
    expect(counts(several)).toEqual(before);
  });

  it('share the load: one whose places are taken comes last', async () => {
    const slow: Responder = (response) => stream(response, ANSWER, 20);
    const several = await start([slow, well], { endpoint: { concurrency: 1 } });
    const asked = await Promise.all([ask(several), ask(several)]);
    expect(asked.map(({ source }) => source?.split('/')[0])).toEqual(several.hosts);
    const first = ask(several);
    for (let i = 0; i < 3; i++) expect((await ask(several)).source).toBe(`${several.hosts[1] ?? ''}/m`);
    expect((await first).source).toBe(`${several.hosts[0] ?? ''}/m`);
  });

  it('have names without credentials, each one once; a server that is named twice is refused', async () => {
    const told: string[] = [];
    const describer = await startDescriber({
      url: ['http://user:secret@10.0.0.1:8000/v1', 'http://10.0.0.1:8000/other/v1'],
      model: 'm',
      embedded: false,
      onEndpoint: (endpoint) => {
        told.push(endpoint);
      },
    });
    open.push(describer);
    expect(told).toEqual(['10.0.0.1:8000', '10.0.0.1:8000 (2)']);
    expect(JSON.stringify(describer.info())).not.toContain('secret');
    await expect(startDescriber({ url: ['http://10.0.0.1/v1', 'http://10.0.0.1/v1/'], model: 'm', embedded: false })).rejects.toMatchObject(
      { code: 'llm_setting' },
    );
  });
});
