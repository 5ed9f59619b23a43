import { afterEach, describe, expect, it } from 'vitest';
import { ask, EndpointFixture, report } from '../../../tests/support/ask-endpoint.js';
import { ANSWER, begin, chunk, stream, type Responder } from '../../../tests/support/mock-llm-server.js';

const endpoints = new EndpointFixture();
const { start } = endpoints;
afterEach(endpoints.close);

const refusing =
  (status: number, refused: (body: Record<string, unknown>) => string | undefined): Responder =>
  (response, body) => {
    const reason = refused(body);
    if (reason === undefined) return stream(response);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ error: { message: reason } }));
    return undefined;
  };

describe('Endpoint', () => {
  it("streams an answer, and sends nothing but the regions' measurements", async () => {
    const { server, endpoint } = await start((response) => stream(response), { key: 'secret' });
    const asked = await ask(endpoint);
    expect(asked.text).toBe(ANSWER);
    expect(asked.answer?.aus.map((unit) => unit.au)).toEqual(['AU12']);
    expect(asked.tokens).toBe(40);
    expect(asked.firstToken).toBeGreaterThan(0);
    const sent = JSON.stringify(server.requests[0]);
    expect(sent).toContain('Left Mouth Corner');
    expect(sent).not.toMatch(/0\.123456|meflownet|secret/);
    expect(endpoint.source).toMatch(/^127\.0\.0\.1:\d+\/test-model$/);
  });

  it('sends the key as a bearer token', async () => {
    let seen: string | undefined;
    const { endpoint } = await start(
      (response, _body, _count, request) => {
        seen = request.headers.authorization;
        return stream(response);
      },
      { key: 'k-1' },
    );
    await ask(endpoint);
    expect(seen).toBe('Bearer k-1');
  });

  it('sends the motion map and no measurements in motion-map mode', async () => {
    const { server, endpoint } = await start((response) => stream(response), { prompt: 'motion-map' });
    expect((await ask(endpoint)).code).toBe('llm_no_image');
    await ask(endpoint, undefined, { ...report, images: { motion: Uint8Array.of(9, 9, 9) } });
    const sent = JSON.stringify(server.requests[0]);
    expect(server.requests).toHaveLength(1);
    expect(sent).toContain('data:image/png;base64,CQkJ');
    expect(sent).not.toMatch(/0\.8/);
  });

  it('asks for a schema once, and never again of a server that refuses it', async () => {
    const { server, endpoint } = await start((response, body) => {
      if (!('response_format' in body)) return stream(response);
      response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"response_format is not supported"}');
      return undefined;
    });
    expect((await ask(endpoint)).answer?.aus).toHaveLength(1);
    expect((await ask(endpoint)).answer?.aus).toHaveLength(1);
    expect(server.requests.map((body) => 'response_format' in body)).toEqual([true, false, false]);
  });

  const own = (body: Record<string, unknown>): string[] =>
    Object.keys(body)
      .filter((key) => /max|temperature|format|stream_/.test(key))
      .sort();

  it.each([400, 404, 422, 500])('leaves out what a server refuses by name with %i, one by one, and remembers it', async (status) => {
    const { server, endpoint } = await start(
      refusing(status, (body) =>
        'max_tokens' in body
          ? "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
          : 'temperature' in body
            ? "Unsupported value: 'temperature' does not support 0 with this model."
            : 'response_format' in body
              ? 'Invalid parameter: response_format of type json_schema'
              : undefined,
      ),
    );
    for (let i = 0; i < 2; i++) expect((await ask(endpoint)).answer?.aus).toHaveLength(1);
    expect(server.requests).toHaveLength(5);
    expect(server.requests.slice(3).map(own)).toEqual([
      ['max_completion_tokens', 'stream_options'],
      ['max_completion_tokens', 'stream_options'],
    ]);
    expect(endpoint.state).toBe('closed');
  });

  it.each([400, 404, 500])('finds what a server refuses with %i without a word of it', async (status) => {
    const { server, endpoint } = await start(refusing(status, (body) => ('temperature' in body ? 'Internal error' : undefined)));
    expect((await ask(endpoint)).answer).toBeDefined();
    expect(own(server.requests.at(-1) ?? {})).not.toContain('temperature');
    const before = server.requests.length;
    expect((await ask(endpoint)).answer).toBeDefined();
    expect(server.requests).toHaveLength(before + 1);
  });

  it('asks with every parameter again after a server failed whatever was left out', async () => {
    let broken = true;
    const { server, endpoint } = await start(refusing(400, () => (broken ? 'no' : undefined)));
    expect((await ask(endpoint)).code).toBe('llm_refused');
    broken = false;
    expect((await ask(endpoint)).answer).toBeDefined();
    expect(own(server.requests.at(-1) ?? {})).toEqual(['max_tokens', 'response_format', 'stream_options', 'temperature']);
  });

  it('counts thinking that comes apart as a sign of life, and shows none of it', async () => {
    const { endpoint } = await start(
      async (response) => {
        begin(response);
        for (let i = 0; i < 8; i++) {
          response.write(
            `data: ${JSON.stringify({ choices: [{ delta: i % 2 ? { reasoning_content: 'AU4?' } : { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'AU9?' }] }] } }] })}\n\n`,
          );
          await new Promise((resolve) => setTimeout(resolve, 60));
        }
        response.write(
          `data: ${JSON.stringify({
            choices: [
              {
                delta: {
                  content: [
                    { type: 'text', text: ANSWER.slice(0, 30) },
                    { type: 'text', text: ANSWER.slice(30) },
                  ],
                },
              },
            ],
          })}\n\n`,
        );
        response.end(chunk('', 'stop'));
      },
      { firstTokenTimeout: 250 },
    );
    const asked = await ask(endpoint);
    expect(asked.text).toBe(ANSWER);
    expect(asked.answer?.aus.map((unit) => unit.au)).toEqual(['AU12']);
    expect(asked.firstToken).toBeLessThan(250);
  });

  it('never shows thinking whose beginning is not marked, from the first answer on', async () => {
    const { endpoint } = await start((response) => stream(response, `Is it AU4? Negative then.\n</think>\n\n${ANSWER}`));
    for (let i = 0; i < 3; i++) {
      const asked = await ask(endpoint);
      expect(asked.text.trim()).toBe(ANSWER);
      expect(asked.answer?.text).toBe(ANSWER);
    }
  });

  it.each([
    ['cut by its length', '{"analysis":"The corner rises.","aus":[{"au":"AU12","side":"left"', 'length'],
    ['cut in prose', 'The left mouth corner rises, which suggests AU12. The', 'length'],
    ['a list', '[{"au":"AU12","side":"left","confidence":1}]', 'stop'],
  ])('counts an answer that is %s as failed, and shows no JSON', async (_name, text, finish) => {
    const { endpoint } = await start((response) => {
      begin(response);
      response.write(chunk(text));
      response.end(chunk('', finish));
    });
    const asked = await ask(endpoint);
    expect(asked.code).toBe('llm_unparsable');
    expect(asked.text).not.toMatch(/["{}]/);
  });

  it('waits patiently for a server that is slow, busy, or serves one at a time', async () => {
    let busy = 3;
    let serving = Promise.resolve();
    const { server, endpoint } = await start(
      (response) => {
        if (busy-- > 0) {
          response.writeHead(503, { 'retry-after': '0' }).end();
          return undefined;
        }
        // Each answer takes longer than live video would wait, and they come one after another.
        serving = serving
          .then(
            () =>
              new Promise<void>((resolve) => {
                setTimeout(resolve, 150);
              }),
          )
          .then(() => stream(response));
        return serving;
      },
      { firstTokenTimeout: 100, totalTimeout: 200, queueTimeout: 50, queue: 1, patientTimeout: 500, retries: 0, concurrency: 8 },
    );
    const all = await Promise.all(Array.from({ length: 12 }, () => ask(endpoint, undefined, report, { patient: true })));
    expect(all.map(({ code }) => code)).toEqual(Array.from({ length: 12 }, () => undefined));
    expect(server.requests).toHaveLength(15);
    expect((await ask(endpoint)).code).toBe('llm_first_token_timeout');
  });

  it('has live alerts answered before recordings', async () => {
    const { endpoint } = await start((response) => stream(response, ANSWER, 2), { concurrency: 1 });
    const order: string[] = [];
    const asked = (name: string, patient: boolean): Promise<void> =>
      ask(endpoint, undefined, report, { patient }).then(() => {
        order.push(name);
      });
    await Promise.all([asked('first', true), asked('recording 1', true), asked('recording 2', true), asked('live', false)]);
    expect(order).toEqual(['first', 'live', 'recording 1', 'recording 2']);
  });

  it('shows a structured answer as prose while it streams', async () => {
    const json = JSON.stringify({
      analysis: 'The corner\nrises.',
      reasoning: 'A smile ☺.',
      summary: 'AU12',
      aus: [{ au: 'AU12', side: 'right', confidence: 0.9 }],
      emotion: { label: 'positive', probabilities: { negative: 0, positive: 0.9, surprise: 0, other: 0.1 } },
    });
    const { endpoint } = await start((response) => stream(response, json));
    const asked = await ask(endpoint);
    expect(asked.text).toBe('The corner\nrises.\n\nA smile ☺.\n\nAU12');
    expect(asked.answer).toMatchObject({
      text: asked.text,
      aus: [{ au: 'AU12', side: 'right', confidence: 0.9 }],
      emotion: { label: 'positive' },
    });
  });

  it("asks for free text in the paper's dialect", async () => {
    const { server, endpoint } = await start((response) => stream(response), { dialect: 'paper' });
    await ask(endpoint);
    expect(server.requests[0]).not.toHaveProperty('response_format');
  });

  it('reads a server that ignores stream', async () => {
    const { endpoint } = await start((response) => {
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ choices: [{ message: { content: ANSWER }, finish_reason: 'stop' }], usage: { completion_tokens: 7 } }));
    });
    const asked = await ask(endpoint);
    expect(asked.answer?.emotion?.label).toBe('positive');
    expect(asked.tokens).toBe(7);
  });

  it('shows and tells nothing of emotion where it is not wanted, whatever comes', async () => {
    const { server, endpoint } = await start((response) => stream(response), { emotion: false });
    const asked = await ask(endpoint);
    expect(asked.answer?.emotion).toBeUndefined();
    expect(`${asked.text}${asked.answer?.text ?? ''}${JSON.stringify(server.requests)}`).not.toMatch(/positive|negative|surprise|emotion/i);
  });
});
