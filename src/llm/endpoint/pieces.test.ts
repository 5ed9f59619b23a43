import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonText } from './json-text.js';
import { readKey } from './key.js';
import { SseParser } from './sse.js';

const cut = (text: string, at: readonly number[]): string[] => {
  const places = [0, ...[...at].map((n) => n % (text.length + 1)).sort((a, b) => a - b), text.length];
  return places.slice(1).map((end, i) => text.slice(places[i], end));
};

describe('SseParser', () => {
  it('gives the same events wherever the bytes break', () => {
    const bytes = new TextEncoder().encode(': hi\r\nevent: x\r\ndata: grün\r\ndata: two\r\n\r\ndata:[DONE]\n\nid: 3\rdata: α\r\r');
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 8 }), (at) => {
        const parser = new SseParser();
        const places = [0, ...[...at].sort((a, b) => a - b), bytes.length];
        const events = places.slice(1).flatMap((end, i) => parser.push(bytes.slice(places[i], end)));
        expect([...events, ...parser.end()]).toEqual(['grün\ntwo', '[DONE]', 'α']);
      }),
    );
  });

  it('reads no more than 256 KiB of an event that does not end', () => {
    const parser = new SseParser();
    const piece = new TextEncoder().encode(`data: ${'x'.repeat(100_000)}`);
    expect([...parser.push(piece), ...parser.push(piece)]).toEqual([]);
    expect(() => parser.push(piece)).toThrow(expect.objectContaining({ code: 'llm_garbage' }) as Error);
  });

  it('takes no letters for a byte order mark, and drops a real one', () => {
    const letters = Buffer.from('\u00ef\u00bb\u00bfdata: x\n\n');
    expect([...new SseParser().push(letters)]).toEqual([]);
    expect(new SseParser().push(Buffer.from('\ufeffdata: x\n\n'))).toEqual(['x']);
  });
});

describe('JsonText', () => {
  it('gives the wanted texts wherever the stream breaks', () => {
    const value = { analysis: 'a "quoted" \\ line\nnext', aus: [{ au: 'AU1', summary: 'not this' }], summary: 'é ☺ 😀 {x}' };
    const wanted = `${value.analysis}\n\n${value.summary}`;
    fc.assert(
      fc.property(fc.boolean(), fc.array(fc.nat(300), { maxLength: 12 }), (escaped, at) => {
        let json = JSON.stringify(value, undefined, 1);
        if (escaped) json = json.replace(/[\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
        const reader = new JsonText();
        expect(
          cut(json, at)
            .map((piece) => reader.push(piece))
            .join(''),
        ).toBe(wanted);
      }),
    );
  });

  it('shows nothing of the JSON that stands in prose, fenced or not, wherever the stream breaks', () => {
    const object = '{ "analysis": "It rises.", "aus": [{"au": "AU1"}], "summary": "AU1" }';
    const said = `Here it is, as \`code\` {so to say}:\n\`\`\`json\n${object}\n\`\`\`\nand a list: ["AU2", "AU4"] [sic] {"x": 1}.`;
    fc.assert(
      fc.property(fc.array(fc.nat(300), { maxLength: 12 }), (at) => {
        const reader = new JsonText();
        expect(
          cut(said, at)
            .map((piece) => reader.push(piece))
            .join('') + reader.end(),
        ).toBe('Here it is, as `code` {so to say}:\nIt rises.\n\nAU1\nand a list:  [sic] .');
      }),
    );
  });

  it('lets plain text through', () => {
    const reader = new JsonText();
    expect(['  ', '##', '# 1. "x": {'].map((piece) => reader.push(piece)).join('') + reader.end()).toBe('  ### 1. "x": {');
  });
});

describe('readKey', () => {
  it('takes the file before the environment, and says what is wrong with either', () => {
    const folder = mkdtempSync(join(tmpdir(), 'mellm-key-'));
    writeFileSync(join(folder, 'key'), 'from-file\n');
    writeFileSync(join(folder, 'empty'), '\n');
    expect(readKey(join(folder, 'key'), { MELLM_LLM_KEY: 'from-env' })).toBe('from-file');
    expect(readKey(undefined, { MELLM_LLM_KEY: ' from-env ' })).toBe('from-env');
    expect(readKey(undefined, {})).toBeUndefined();
    expect(() => readKey(join(folder, 'empty'), {})).toThrow(/is empty/);
    expect(() => readKey(join(folder, 'none'), {})).toThrow(/cannot read/);
    expect(() => readKey(undefined, { MELLM_LLM_KEY: 'two words' })).toThrow(/not a usable key/);
  });
});
