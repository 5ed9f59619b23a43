import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FlowReport } from '../flow/contract.js';
import { startDescriber } from './describer.js';
import { begin, chunk, mockServer, stream } from '../../tests/support/mock-llm-server.js';

const report: FlowReport = {
  rois: [
    { region: 'Left Mouth Corner', mean_magnitude: 0.8, max_magnitude: 1.2, direction: 'up-left', angle_deg: 140, concentration: 0.98 },
  ],
  head: { u: 0, v: 0, rotation: 0 },
  source: 'meflownet@12345678',
  ms: 20,
};
const never = new AbortController().signal;

describe('startDescriber', () => {
  it('describes through an endpoint, and flags units that nothing supports', async () => {
    const server = await mockServer((response) => stream(response, 'Summary: AU12 (right), AU4. Micro-expression: Positive'));
    const counted: string[] = [];
    const describer = await startDescriber({
      url: server.url,
      model: 'm',
      embedded: false,
      onRequest: (source, result) => counted.push(`${source} ${result}`),
    });
    let text = '';
    const description = await describer.describe(
      report,
      (delta) => {
        text += delta;
      },
      never,
    );
    expect(description.aus).toEqual([
      { au: 'AU12', side: 'right', confidence: 0.75 },
      { au: 'AU4', side: 'both', confidence: 0.75, unsupported: true },
    ]);
    expect(description.text).toBe(text);
    expect(description.source).toBe(`${new URL(server.url).host}/m`);
    expect(counted).toEqual([`${description.source} ok`]);
    await describer.close();
    await describer.close();
    await server.close();
  });

  it('fails where there is nothing to fall back on, and says so once', async () => {
    const server = await mockServer((response) => {
      begin(response);
      response.end(chunk('half'));
    });
    const counted: string[] = [];
    const describer = await startDescriber({
      url: server.url,
      model: 'm',
      embedded: false,
      onRequest: (_source, result) => counted.push(result),
    });
    await expect(describer.describe(report, () => undefined, never)).rejects.toMatchObject({ code: 'llm_cut' });
    expect(counted).toEqual(['failed']);
    await describer.close();
    await server.close();
  });

  it('works without the embedded model where an endpoint is set, and not without both', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'mellm-none-'));
    const problems: string[] = [];
    const describer = await startDescriber({
      url: 'http://127.0.0.1:9',
      model: 'm',
      embedded: empty,
      onProblem: (message) => problems.push(message),
    });
    expect(describer.sources).toEqual(['127.0.0.1:9/m']);
    expect(problems).toHaveLength(1);
    await describer.close();
    await expect(startDescriber({ embedded: empty })).rejects.toMatchObject({ code: 'llm_model_missing' });
    await expect(startDescriber({ url: 'http://127.0.0.1:9', embedded: empty })).rejects.toMatchObject({ code: 'llm_setting' });
  });
});
