import type { FlowReport } from '../../src/flow/contract.js';
import type { Answer } from '../../src/llm/answer/parse-answer.js';
import { Endpoint, type Turn } from '../../src/llm/endpoint/endpoint.js';
import type { EndpointOptions } from '../../src/llm/endpoint/options.js';
import type { LlmErrorCode } from '../../src/llm/llm-error.js';
import { mockServer, type MockServer, type Responder } from './mock-llm-server.js';

/** The motion that endpoints are asked about. */
export const report: FlowReport = {
  rois: [
    { region: 'Left Mouth Corner', mean_magnitude: 0.8, max_magnitude: 1.2, direction: 'up-left', angle_deg: 140, concentration: 0.98 },
  ],
  head: { u: 0.123456, v: 0, rotation: 0 },
  source: 'meflownet@12345678',
  ms: 20,
};

/** EndpointFixture and their mock servers, closed together. */
export class EndpointFixture {
  readonly #open: { close(): unknown }[] = [];

  readonly start = async (
    respond: Responder,
    options: Partial<EndpointOptions> = {},
  ): Promise<{ server: MockServer; endpoint: Endpoint }> => {
    const server = await mockServer(respond);
    const endpoint = this.add(new Endpoint({ url: server.url, model: 'test-model', ...options }));
    this.#open.push(server);
    return { server, endpoint };
  };

  add(endpoint: Endpoint): Endpoint {
    this.#open.push(endpoint);
    return endpoint;
  }

  readonly close = async (): Promise<void> => {
    for (const thing of this.#open.splice(0)) await thing.close();
  };
}

/** What came of a question. */
export interface Asked {
  answer?: Answer;
  code?: LlmErrorCode;
  text: string;
  firstToken?: number;
  tokens?: number;
  ms: number;
}

/** Asks, and collects what the endpoint reports. */
export async function ask(
  endpoint: Endpoint,
  signal: AbortSignal = new AbortController().signal,
  given: FlowReport = report,
  turn: Turn = {},
): Promise<Asked> {
  const began = performance.now();
  const asked: Asked = { text: '', ms: 0 };
  try {
    asked.answer = await endpoint.describe(
      given,
      {
        onText: (delta) => {
          asked.text += delta;
        },
        onFirstToken: (ms) => {
          asked.firstToken = ms;
        },
        onTokens: (n) => {
          asked.tokens = n;
        },
      },
      signal,
      turn,
    );
  } catch (error) {
    asked.code = (error as { code: LlmErrorCode }).code;
  }
  asked.ms = performance.now() - began;
  return asked;
}
