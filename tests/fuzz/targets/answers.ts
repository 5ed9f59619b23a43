import { parseAnswer } from '../../../src/llm/answer/parse-answer.js';
import { ThinkFilter } from '../../../src/llm/answer/think-filter.js';
import { JsonText } from '../../../src/llm/endpoint/json-text.js';
import { actionUnitSchema, emotionSchema } from '../../../src/events/schema.js';
import { expect, text, type FuzzTarget } from '../target.js';

const WORDS = [
  'AU12',
  'AUs 1, 2 and 5',
  'AU4/7',
  'AU12L',
  'action units',
  'lip corner puller',
  'no ',
  'absent',
  'Category: Positive',
  'micro-expression is **negative**',
  'Negative | Positive | Surprise',
  'surprise',
  'confidence: 0.8',
  '(80%)',
  'left',
  'right',
  'Summary:',
  '### ',
  '<think>',
  '</think>',
  '<|channel|>analysis<|message|>',
  '<|channel|>final<|message|>',
  '[THINK]',
  'assistantfinal',
  "{'aus':['AU1'],}",
  '```json',
  '```',
  '{"summary":"',
  '"aus":[{"au":"AU12","side":"left","confidence":0.9}]',
  '"emotion":{"label":"positive"}',
  '\\u00',
  '\\ud83d',
  '\u202e',
  '\r\n',
  '. ',
  'likely ',
  'likely '.repeat(8),
  '1 '.repeat(12),
  '*'.repeat(16),
  '"probabilities":{"negative":1e400}',
];
const PROSE =
  '### Analysis\nThe left lip corner moves up (AU12L, confidence 0.8). No AU4 is seen.\n### Reasoning\nThis is likely positive.\n### Summary\nAUs 6 and 12. Category: Positive';
const JSON_ANSWER =
  '```json\n{"analysis":"Lip corners rise \\u2191.","reasoning":"AU12 alone","summary":"AU12","aus":[{"au":"AU12","side":"both","confidence":0.7}],"emotion":{"label":"positive","probabilities":{"negative":0.1,"positive":0.7,"surprise":0.1,"other":0.1}}}\n```';

export const answer: FuzzTarget = {
  name: 'answer',
  maxLength: 4096,
  dictionary: WORDS,
  seeds: () => [
    PROSE,
    JSON_ANSWER,
    `<think>AU4?</think>${PROSE}`,
    'There is no micro-expression here; a blink (AU45).',
    '{"aus":[null,{"au":7}],"emotion":{"label":"none"}}',
  ],
  run: (input) => {
    const said = text(input);
    for (const emotion of [true, false]) {
      const read = parseAnswer(said, { emotion });
      expect(read.text.length <= 32_768, 'a text is bounded');
      expect(
        read.aus.length <= 24 && read.aus.every((unit) => actionUnitSchema.safeParse(unit).success),
        'action units are as the schema has them',
      );
      expect(
        read.emotion === undefined || (emotion && emotionSchema.safeParse(read.emotion).success),
        'an emotion is as the schema has it, and only where wanted',
      );
      if (!emotion)
        expect(
          /^[\w .,;:#%()\n]*$/.test(read.text) && !/positive|negative|surprise/i.test(read.text),
          'without emotion, no word of the answer is in the text',
        );
    }
  },
};

/** The streaming filters give the same however a stream is cut. */
export const answerStream: FuzzTarget = {
  name: 'answer-stream',
  maxLength: 2048,
  dictionary: WORDS,
  seeds: () => [PROSE, JSON_ANSWER, '<think>a<think></think>b</think>c', '{"analysis":"a\\n\\ud83d\\ude00","x":{"summary":1}}'],
  run: (input) => {
    const said = text(input);
    const step = 1 + ((input[0] ?? 0) % 7);
    // What begins as the answer's object is shown at once, whatever comes behind it.
    const held = /^\s*(?:```(?:json)?\s*)?\{/.test(said) ? [] : [() => new ThinkFilter({ hold: true })];
    for (const open of [() => new ThinkFilter(), ...held, () => new JsonText()]) {
      const whole = open();
      const pieces = open();
      const ended = (filter: ThinkFilter | JsonText): string => filter.end();
      const once = whole.push(said) + ended(whole);
      let bit = '';
      for (let at = 0; at < said.length; at += step) bit += pieces.push(said.slice(at, at + step));
      bit += ended(pieces);
      // Half a character (a lone surrogate) at a cut is the reader's TextDecoder's to prevent.
      if (!/[\ud800-\udfff]/.test(said)) expect(once === bit, `a stream gives the same in pieces of ${String(step)}`);
      expect(once.length <= 2 * said.length + 8, 'text does not grow');
    }
  },
};
