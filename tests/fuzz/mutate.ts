import type { Random } from './random.js';

/** Values at which lengths, counters and signs turn over. */
const BYTES = [0, 1, 2, 4, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 191, 192, 223, 224, 254, 255];
const WORDS = [0, 1, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xfffe, 0xffff];

type Mutation = (input: Buffer, random: Random, context: Context) => Buffer;
interface Context {
  readonly corpus: readonly Uint8Array[];
  readonly dictionary: readonly Uint8Array[];
  readonly maxLength: number;
}

const insert = (input: Buffer, at: number, part: Uint8Array): Buffer => Buffer.concat([input.subarray(0, at), part, input.subarray(at)]);
const stretch = (input: Buffer, random: Random): readonly [number, number] => {
  const from = random.below(input.length);
  return [from, Math.min(input.length, from + 1 + random.below(random.below(4) === 0 ? input.length : 16))];
};

const MUTATIONS: readonly Mutation[] = [
  (input, random) => {
    const at = random.below(input.length);
    if (at < input.length) input[at] = (input[at] ?? 0) ^ (1 << random.below(8));
    return input;
  },
  (input, random) => {
    const at = random.below(input.length);
    if (at < input.length) input[at] = random.pick(BYTES);
    return input;
  },
  (input, random) => {
    const at = random.below(input.length);
    if (at < input.length) input[at] = random.below(256);
    return input;
  },
  (input, random) => {
    const at = random.below(input.length);
    if (at < input.length) input[at] = (input[at] ?? 0) + random.below(35) - 17;
    return input;
  },
  (input, random) => {
    if (input.length > 1) input.writeUInt16BE(random.pick(WORDS), random.below(input.length - 1));
    return input;
  },
  (input, random) => {
    if (input.length > 3)
      input.writeUInt32BE(random.pick([0, 0x7fffffff, 0x80000000, 0xffffffff, 0x10000]), random.below(input.length - 3));
    return input;
  },
  (input, random) =>
    insert(input, random.below(input.length + 1), Buffer.from(Array.from({ length: 1 + random.below(8) }, () => random.below(256)))),
  (input, random) => {
    const [from, to] = stretch(input, random);
    return Buffer.concat([input.subarray(0, from), input.subarray(to)]);
  },
  (input, random) => {
    const [from, to] = stretch(input, random);
    return insert(input, random.below(input.length + 1), input.subarray(from, to));
  },
  (input, random) => {
    const [from, to] = stretch(input, random);
    const part = input.subarray(from, to);
    return insert(input, from, Buffer.concat(Array.from({ length: 1 + random.below(32) }, () => part)));
  },
  (input, random) => input.subarray(0, random.below(input.length + 1)),
  (input, random, { dictionary }) =>
    dictionary.length === 0 ? input : insert(input, random.below(input.length + 1), random.pick(dictionary)),
  (input, random, { dictionary }) => {
    if (dictionary.length === 0) return input;
    const word = Buffer.from(random.pick(dictionary));
    word.copy(input, random.below(input.length));
    return input;
  },
  (input, random, { corpus }) => {
    const other = Buffer.from(random.pick(corpus));
    return Buffer.concat([input.subarray(0, random.below(input.length + 1)), other.subarray(random.below(other.length + 1))]);
  },
  (input, random, { corpus }) => {
    const other = Buffer.from(random.pick(corpus));
    const [from, to] = stretch(other, random);
    return insert(input, random.below(input.length + 1), other.subarray(from, to));
  },
];

/** One input of the corpus with one to eight random changes. */
export function mutate(random: Random, context: Context): Uint8Array {
  let input: Buffer = Buffer.from(random.pick(context.corpus));
  const times = 1 << random.below(4);
  for (let time = 0; time < times; time++) input = random.pick(MUTATIONS)(input, random, context);
  return Uint8Array.from(input.subarray(0, context.maxLength));
}
