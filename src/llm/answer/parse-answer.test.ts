import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/property-runs.js';
import { parseAnswer } from './parse-answer.js';

const names = (text: string): string[] => parseAnswer(text).aus.map(({ au, side }) => (side === 'both' ? au : `${au}:${side}`));

describe('parseAnswer', () => {
  it('reads an answer in the published style', () => {
    const answer = parseAnswer(
      [
        '### 1. ROI analysis',
        '* **Left Mouth Corner** (up-left, 135°): pulled up and outward, suggests AU12.',
        '* **Left Outer Eyebrow**: slight motion, possibly AU2, no further analysis.',
        '### 2. Reasoning',
        'Lip corners rise together with the cheeks; there is no AU4, so a negative state is unlikely.',
        '### 3. **Summary**',
        '* AUs: **AU6** (Cheek Raiser), **AU 12** (Lip Corner Puller)',
        '* Micro-expression: **Positive**',
      ].join('\n'),
    );
    expect(answer.aus.map((unit) => unit.au)).toEqual(['AU6', 'AU12']);
    expect(answer.emotion?.label).toBe('positive');
    expect(answer.parsed).toBe(true);
    expect(answer.nothing).toBe(false);
  });

  it.each([
    ['Summary: AU12', ['AU12']],
    ['Summary: AU 12 and AU 6.', ['AU12', 'AU6']],
    ['Summary: Action Unit 12', ['AU12']],
    ['Summary: Action Units 1, 2 and 5', ['AU1', 'AU2', 'AU5']],
    ['Summary: AU1+2+5', ['AU1', 'AU2', 'AU5']],
    ['Summary: AU4/AU7', ['AU4', 'AU7']],
    ['Summary: AUs 6 & 12', ['AU6', 'AU12']],
    ['Summary: AU12L', ['AU12:left']],
    ['Summary: R14, AUR14', ['AU14:right']],
    ['Summary: AU14 (right)', ['AU14:right']],
    ['Summary: AU10 (upper lip raiser, left side only)', ['AU10:left']],
    ['Summary: left AU12', ['AU12:left']],
    ['Summary: unilateral AU2 on the right side', ['AU2:right']],
    ['Summary: brow lowerer and lid tightener', ['AU4', 'AU7']],
    ['Summary: Lip Corner Puller (AU12)', ['AU12']],
    ['Summary: AU_15, AU-17', ['AU15', 'AU17']],
    ['Summary: AU4, no AU9 and no nose wrinkler', ['AU4']],
    ['Summary: AU4; AU9 is absent', ['AU4']],
    ['Summary: AU99, AU3, AU4', ['AU4']],
    ['Only AU17 is seen. It is negative.', ['AU17']],
  ])('finds the units of %j', (text, expected) => {
    expect(names(text)).toEqual(expected);
  });

  it.each([
    ['Micro-expression: Surprise', 'surprise'],
    ['The instruction offers Negative | Positive | Surprise. Micro-expression: **Negative**', 'negative'],
    ['... which points to disgust.', 'negative'],
    ['Not positive but surprise.', 'surprise'],
    ['Category: Other', 'other'],
  ])('finds the category of %j', (text, label) => {
    expect(parseAnswer(`Summary: AU4. ${text}`).emotion?.label).toBe(label);
  });

  it('takes "no micro-expression" for an answer', () => {
    const answer = parseAnswer('### 3. Summary\nNo action units; no micro-expression is seen.');
    expect(answer).toMatchObject({ nothing: true, parsed: true, aus: [] });
    expect(answer.emotion).toBeUndefined();
  });

  it('reads stated confidences', () => {
    const [first, second, third, fourth] = parseAnswer('Summary: AU4 (confidence 0.83), AU7 (65%); possibly AU9; AU10').aus;
    expect(first?.confidence).toBe(0.83);
    expect(second?.confidence).toBe(0.65);
    expect(third?.confidence).toBe(0.45);
    expect(fourth?.confidence).toBe(0.75);
  });

  it('reads structured answers and mends what is wrong in them', () => {
    const answer = parseAnswer(
      '```json\n{"analysis":"a","reasoning":"b","summary":"c","aus":[{"au":"AU 12","side":"left","confidence":3},{"au":"AU99"},null],"emotion":{"label":"positive","probabilities":{"negative":0.125,"positive":0.375,"surprise":0,"other":"x"}}}\n```',
    );
    expect(answer.aus).toEqual([{ au: 'AU12', side: 'left', confidence: 1 }]);
    expect(answer.emotion).toEqual({ label: 'positive', probabilities: { negative: 0.25, positive: 0.75, surprise: 0, other: 0 } });
    expect(answer.text).toBe('a\n\nb\n\nc');
  });

  it('leaves out what a reasoning model thinks', () => {
    const answer = parseAnswer('<think>AU4? negative?</think>Summary: AU12, positive');
    expect(answer.aus.map((unit) => unit.au)).toEqual(['AU12']);
    expect(answer.text).not.toContain('AU4');
  });

  it('says nothing of emotion where it is not wanted', () => {
    const answer = parseAnswer('The corners rise. This is a happy face.\nSummary: AU12.\nMicro-expression: Positive', { emotion: false });
    expect(answer.emotion).toBeUndefined();
    expect(answer.text).toBe(
      '### 1. Regions that moved\nNo region moves by more than its measurement error.\n\n### 2. Summary\nAction units: AU12 lip corner puller (75 %).',
    );
    expect(answer.parsed).toBe(true);
  });

  const smile = {
    region: 'Left Mouth Corner',
    mean_magnitude: 0.8,
    max_magnitude: 1.2,
    direction: 'up-left',
    angle_deg: 140,
    concentration: 0.98,
  };
  it.each([
    'AU12 (right). The person is pleased and relieved, even delighted.',
    'Summary: AU12 (right): ein Ausdruck von Freude und Erleichterung.',
    'Résumé : AU12 (right), la joie se lit sur ce visage.',
    '要約: AU12 (right)、喜びと安堵。',
    'Summary: AU12 (right). They feel like someone who has just won the lottery.',
    JSON.stringify({
      analysis: 'Freude!',
      summary: 'Joie.',
      aus: [{ au: 'AU12', side: 'right', confidence: 0.75 }],
      emotion: { label: 'positive' },
    }),
  ])('builds the text from regions and units alone where no emotion is wanted: %j', (said) => {
    const answer = parseAnswer(said, { emotion: false, rois: [smile] });
    expect(answer).toEqual({
      text: '### 1. Regions that moved\n* Left Mouth Corner: up-left by 0.8 px.\n\n### 2. Summary\nAction units: AU12 lip corner puller, right (75 %).',
      aus: [{ au: 'AU12', side: 'right', confidence: 0.75 }],
      nothing: false,
      parsed: true,
    });
  });

  it('takes an empty list of units for an answer where no emotion is wanted', () => {
    expect(parseAnswer('{"analysis":"","summary":"Nichts.","aus":[]}', { emotion: false })).toMatchObject({
      nothing: true,
      parsed: true,
      aus: [],
    });
  });

  const thought = 'Hmm, AU4 means anger, so maybe negative. AU9 too.';
  it.each([
    `${thought}</think>`,
    `<think>${thought}</think>`,
    `<thinking>${thought}</thinking>`,
    `<thought>${thought}</thought>`,
    `<reasoning effort="high">${thought}</reasoning>`,
    `[THINK]${thought}[/THINK]`,
    `◁think▷${thought}◁/think▷`,
    `<seed:think>${thought}</seed:think>`,
    `<|START_THINKING|>${thought}<|END_THINKING|><|START_RESPONSE|>`,
    `<|begin_of_thought|>${thought}<|end_of_thought|><|begin_of_solution|>`,
    `<unused94>thought\n${thought}<unused95>`,
    `<|channel>thought\n${thought}<channel|>`,
    `<|channel|>analysis<|message|>${thought}<|end|><|start|>assistant<|channel|>final<|message|>`,
    `analysis${thought}assistantfinal`,
    `<think>I use <think> tags. ${thought}</think> ${thought}</think>`,
    `Here is my thought process: ${thought} Here is my response:`,
    `Thinking...\n${thought}\n...done thinking.\n`,
  ])('leaves out thinking, however it is marked: %j', (thinking) => {
    const answer = parseAnswer(`${thinking}Summary: AU12, positive`);
    expect(answer).toMatchObject({ text: 'Summary: AU12, positive', emotion: { label: 'positive' }, parsed: true });
    expect(answer.aus.map((unit) => unit.au)).toEqual(['AU12']);
  });

  const object =
    '{"analysis":"The corner rises.","summary":"AU12","aus":[{"au":"AU12","side":"right","confidence":0.8}],"emotion":{"label":"positive"}}';
  it.each([
    `Sure! Here is the JSON:\n\`\`\`json\n${object}\n\`\`\`\nI hope this helps, {really}.`,
    object.replace('0.8}],', '0.8,},],').replace('"positive"}}', '"positive"},}'),
    object.replaceAll('"', "'"),
    object.replace('{', '{ // the answer\n'),
    `{"thought":"a draft"} ${object}`,
    '{"analysis":"The corner rises.","summary":"AU12","aus":["AU12R (0.8)"],"emotion":"Positive"}',
  ])('finds the object in %j', (said) => {
    expect(parseAnswer(said)).toMatchObject({
      text: 'The corner rises.\n\nAU12',
      aus: [{ au: 'AU12', side: 'right', confidence: 0.8 }],
      emotion: { label: 'positive' },
      parsed: true,
    });
  });

  it.each([
    object.slice(0, 60),
    object.slice(0, -1),
    `Here: ${object.slice(0, 90)}`,
    '[{"au":"AU12","side":"left","confidence":0.9}]',
    '"aus": ["AU12"]',
  ])('shows nothing of an object that breaks off: %j', (said) => {
    expect(parseAnswer(said)).toEqual({ text: '', aus: [], nothing: false, parsed: false });
  });

  it('takes no prose for an answer that ended at its length before its summary', () => {
    expect(parseAnswer('The corner rises: AU12. The brow', { cut: true }).parsed).toBe(false);
    expect(parseAnswer('The corner rises.\nSummary: AU12, positive. In oth', { cut: true }).parsed).toBe(true);
  });

  it('strips what hides or reorders text, and bounds it with its end kept', () => {
    const answer = parseAnswer(`\u202eevil\u0000\u001b[31m ${'x'.repeat(50_000)} Summary: AU12, positive`);
    expect(answer.text).not.toMatch(/[\u0000\u001b\u202e]/);
    expect(answer.text.length).toBeLessThanOrEqual(32_000);
    expect(answer.text.endsWith('AU12, positive')).toBe(true);
    expect(answer.aus).toHaveLength(1);
  });

  it('knows what it can not read', () => {
    expect(parseAnswer('I am sorry, I can not help with that.').parsed).toBe(false);
  });

  it('never throws', () => {
    const piece = fc.constantFrom(
      'AU',
      '12',
      ' ',
      ',',
      '+',
      'left',
      '(',
      ')',
      '\n',
      '###',
      'Summary',
      '{',
      '}',
      '"',
      'negative',
      '|',
      '<think>',
      '</think>',
      'no ',
      '%',
      '\u0000',
      '0.',
      'confidence',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece, { maxLength: 200 }).map((parts) => parts.join('')),
        ),
        (text) => {
          const { aus, text: out } = parseAnswer(text);
          expect(aus.every((unit) => /^AU\d{1,2}$/.test(unit.au) && unit.confidence >= 0 && unit.confidence <= 1)).toBe(true);
          expect(out.length).toBeLessThanOrEqual(32_000);
        },
      ),
      { numRuns: runs(300) },
    );
  });

  it('is quick with hostile repetition', () => {
    for (const unit of [
      'AU1,',
      'AU1 and ',
      'no ',
      '(',
      'negative | ',
      '<think>',
      '</think>',
      '<|channel|>',
      '[',
      '{',
      '{}',
      "{'a':",
      '{"a":{',
      'AU ',
      '### 3',
      '1 % ',
      'summary ',
      '"{',
      '*',
    ]) {
      const started = performance.now();
      parseAnswer(unit.repeat(Math.ceil(300_000 / unit.length)));
      expect(performance.now() - started, unit).toBeLessThan(1500);
    }
  });
});
