import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ThinkFilter } from './think-filter.js';

function pieces(text: string, at: readonly number[]): string[] {
  const places = [0, ...at.map((n) => n % (text.length + 1)).sort((a, b) => a - b), text.length];
  return places.slice(1).map((end, i) => text.slice(places[i], end));
}

describe('ThinkFilter', () => {
  it.each([
    '<think>hm, 1 < 2</think>',
    '<|channel|>analysis<|message|>hm [1]<|end|><|start|>assistant<|channel|>final<|message|>',
    '[THINK]hm[/THINK]',
    '<think>a <think> b</think></think>',
    'hm</think>',
    'analysisHm.assistantfinal',
  ])('gives none of the thinking out, wherever the stream breaks: %j', (thinking) => {
    const said = `${thinking}### 1. x < y [z]\nAU1`;
    fc.assert(
      fc.property(fc.array(fc.nat(200), { maxLength: 12 }), (at) => {
        const filter = new ThinkFilter({ hold: true });
        const shown = pieces(said, at).map((piece) => filter.push(piece));
        expect(shown.join('') + filter.end()).toBe('### 1. x < y [z]\nAU1');
      }),
    );
  });

  it('holds what may turn out to be thinking, and no more', () => {
    const held = new ThinkFilter({ hold: true });
    expect(held.push('The corner rises.')).toBe('');
    expect(held.end()).toBe('The corner rises.');
    const marked = new ThinkFilter({ hold: true });
    expect(marked.push('<think>hm</think>The corner ')).toBe('The corner ');
    const structured = new ThinkFilter({ hold: true });
    expect(structured.push('```json\n{"analysis": "The left mouth corner rises and ')).toContain('The left');
    const told = new ThinkFilter({ hold: true });
    told.release();
    expect(told.push('The corner ')).toBe('The corner ');
  });

  it('says that thinking came without its opening mark', () => {
    const filter = new ThinkFilter();
    filter.push('hm</think>AU1');
    expect(filter.orphan).toBe(true);
  });
});
