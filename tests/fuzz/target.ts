/** One parser under attack. */
export interface FuzzTarget {
  readonly name: string;
  /** Inputs to begin with: honest ones, and whatever is hard to come upon. */
  readonly seeds: () => readonly (Uint8Array | string)[];
  /** Words of the format. */
  readonly dictionary?: readonly string[];
  /** Bytes. Default 2048. */
  readonly maxLength?: number;
  /** Feeds one input; throws where the parser breaks its word. */
  readonly run: (input: Uint8Array) => void | Promise<void>;
}

export const text = (input: Uint8Array): string => Buffer.from(input.buffer, input.byteOffset, input.byteLength).toString('utf8');

/** Throws with `what` unless `truth`. */
export function expect(truth: boolean, what: string): asserts truth {
  if (!truth) throw new Error(`broken promise: ${what}`);
}

/** Lets errors of these classes pass: a parser may refuse, in its own words. */
export function refusing(classes: readonly (new (...args: never[]) => Error)[], run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!classes.some((type) => error instanceof type)) throw error;
    expect((error as Error).message.length > 0 && (error as Error).message.length < 2000, 'a refusal is a readable sentence');
  }
}

/** Cuts an input into parts: each begins with its length, one byte, or two after 255. */
export function* parts(input: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < input.length;) {
    let length = input[at++] ?? 0;
    if (length === 255) {
      length = ((input[at] ?? 0) << 8) | (input[at + 1] ?? 0);
      at += 2;
    }
    yield input.subarray(at, at + length);
    at += length;
  }
}

/** The inverse of {@link parts}. */
export function joined(list: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(
    list.map((part) =>
      Buffer.concat([part.length < 255 ? Buffer.of(part.length) : Buffer.of(255, part.length >> 8, part.length & 255), part]),
    ),
  );
}
