import { parentPort, workerData } from 'node:worker_threads';
import { readInputs, writeCorpus } from './corpus.js';
import { Coverage } from './coverage.js';
import { HEADER_BYTES, type FuzzOrder, type FuzzReport } from './messages.js';
import { mutate } from './mutate.js';
import { Random } from './random.js';
import type { FuzzTarget } from './target.js';
import { loadTarget } from './targets/mod.js';

/** Coverage is read after as many inputs as run in about this long (ms): reading it costs some milliseconds. */
const BATCH = 150;
const MAX_CORPUS = 1500;
/** Kept in the repository: inputs, bytes each. */
const MAX_KEPT = 60;
const MAX_KEPT_BYTES = 1500;

/** Keeps inputs that reach code none before reached, and mutates those: the loop of AFL (Zalewski 2013), guided by V8's own coverage. */
class Fuzzer {
  readonly #target: FuzzTarget;
  readonly #order: FuzzOrder;
  readonly #coverage = new Coverage();
  readonly #random: Random;
  readonly #corpus: Uint8Array[] = [];
  readonly #counters: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #dictionary: readonly Uint8Array[];
  readonly #begun = performance.now();
  #runs = 0;
  #slowest = 0;

  constructor(target: FuzzTarget, order: FuzzOrder) {
    this.#target = target;
    this.#order = order;
    this.#random = new Random(order.seed);
    this.#counters = new Int32Array(order.shared, 0, 2);
    this.#bytes = new Uint8Array(order.shared, HEADER_BYTES);
    this.#dictionary = (target.dictionary ?? []).map((word) => Buffer.from(word));
  }

  async fuzz(): Promise<FuzzReport> {
    const { milliseconds, runs, save } = this.#order;
    const given = [...this.#target.seeds(), ...readInputs('corpus', this.#target.name), ...readInputs('crashers', this.#target.name)].map(
      (input) => (typeof input === 'string' ? Uint8Array.from(Buffer.from(input)) : Uint8Array.from(input)),
    );
    for (const input of given) {
      const crash = await this.#runOne(input);
      if (crash) return this.#report(crash);
      this.#coverage.fresh();
      this.#corpus.push(input);
    }
    let size = 16;
    while (this.#runs < runs && performance.now() - this.#begun < milliseconds) {
      const context = { corpus: this.#corpus, dictionary: this.#dictionary, maxLength: this.#target.maxLength ?? 2048 };
      const batch = Array.from({ length: Math.min(size, Math.max(1, runs - this.#runs)) }, () => mutate(this.#random, context));
      const begun = performance.now();
      for (const input of batch) {
        const crash = await this.#runOne(input);
        if (crash) return this.#report(crash);
      }
      const took = performance.now() - begun;
      size = Math.max(4, Math.min(20_000, Math.round((size * BATCH) / Math.max(1, took))));
      const fresh = this.#coverage.fresh(true);
      if (fresh.length > 0) {
        await this.#isolate(batch);
        this.#coverage.see(fresh); // what did not come again is not looked for again
      }
    }
    if (save) writeCorpus(this.#target.name, await this.#worthKeeping());
    return this.#report();
  }

  /** Finds the inputs of a batch that reached something new, by halving it. */
  async #isolate(batch: readonly Uint8Array[]): Promise<void> {
    if (batch.length === 1) {
      const [input] = batch;
      if (!input) return;
      if (this.#corpus.length < MAX_CORPUS) this.#corpus.push(input);
      else this.#corpus[this.#random.below(MAX_CORPUS)] = input;
      this.#coverage.fresh();
      return;
    }
    const middle = batch.length >> 1;
    for (const half of [batch.slice(0, middle), batch.slice(middle)]) {
      this.#coverage.fresh(true);
      for (const input of half) await this.#runOne(input);
      const fresh = this.#coverage.fresh(true);
      if (fresh.length === 0) continue;
      if (half.length > 1) await this.#isolate(half);
      else {
        const [input] = half;
        if (input && this.#corpus.length < MAX_CORPUS) this.#corpus.push(input);
        this.#coverage.see(fresh);
      }
    }
  }

  /** Shortest first, those that add to what is covered. */
  async #worthKeeping(): Promise<Uint8Array[]> {
    const coverage = new Coverage();
    const kept: Uint8Array[] = [];
    for (const input of this.#corpus.filter(({ length }) => length <= MAX_KEPT_BYTES).sort((a, b) => a.length - b.length)) {
      if (kept.length >= MAX_KEPT) break;
      await this.#runOne(input);
      if (coverage.fresh().length > 0) kept.push(input);
    }
    return kept;
  }

  async #runOne(input: Uint8Array): Promise<FuzzReport['crash']> {
    this.#bytes.set(input.subarray(0, this.#bytes.length));
    Atomics.store(this.#counters, 1, Math.min(input.length, this.#bytes.length));
    Atomics.add(this.#counters, 0, 1);
    this.#runs++;
    const begun = performance.now();
    const error = await attempt(this.#target, input);
    this.#slowest = Math.max(this.#slowest, performance.now() - begun);
    return error === undefined ? undefined : { input: await this.#shortened(input, error), why: error };
  }

  /** Takes away whatever the crash does without. */
  async #shortened(input: Uint8Array, error: string): Promise<Uint8Array> {
    let best = input;
    for (let size = best.length >> 1; size >= 1; size >>= 1) {
      for (let at = 0; at + size <= best.length && best.length > size;) {
        const shorter = Uint8Array.from([...best.subarray(0, at), ...best.subarray(at + size)]);
        if ((await attempt(this.#target, shorter)) === error) best = shorter;
        else at += size;
      }
    }
    return best;
  }

  #report(crash?: FuzzReport['crash']): FuzzReport {
    return {
      target: this.#target.name,
      runs: this.#runs,
      seconds: (performance.now() - this.#begun) / 1000,
      coverage: this.#coverage.size,
      corpus: this.#corpus.length,
      slowest: this.#slowest,
      ...(crash ? { crash } : {}),
    };
  }
}

async function attempt(target: FuzzTarget, input: Uint8Array): Promise<string | undefined> {
  try {
    const running = target.run(input);
    if (running) await running;
    return undefined;
  } catch (error) {
    return error instanceof Error
      ? `${error.name}: ${error.message} ${
          (error.stack ?? '')
            .split('\n')
            .find((line) => line.includes('/src/'))
            ?.trim() ?? ''
        }`
      : String(error);
  }
}

const order = workerData as FuzzOrder;
parentPort?.postMessage(await new Fuzzer(await loadTarget(order.target), order).fuzz());
