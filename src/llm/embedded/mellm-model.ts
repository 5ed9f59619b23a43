import { Tensor } from 'onnxruntime-node';
import type { RegionMotion } from '../../events/schema.js';
import { OnnxRunner } from '../../runtime/inference/mod.js';
import { leastMotion } from '../answer/support.js';
import { CATEGORIES, decide, SIDE_ANSWERS, type Decision } from './decide.js';
import { answerByEvidence, hasEvidence } from '../evidence/answer-by-evidence.js';
import type { FlowReport } from '../../flow/contract.js';
import { features, REGIONS, WIDTH } from './features.js';
import type { ModelFiles } from './model-files.js';
import { TextWriter, Tokenizer } from './tokenizer.js';

/** What the model speaks of. */
export type SpokenOf = Pick<FlowReport, 'rois' | 'shape' | 'kind'>;

/** Tokens of one answer at most; the longest of the training data has 230. */
const MAX_TOKENS = 280;
/** Low: the wording may vary, what is said may not. */
const TEMPERATURE = 0.3;

/** The two parts of the network. */
interface Network {
  readonly projector: OnnxRunner;
  readonly decoder: OnnxRunner;
}

/** Keys and values of all layers: [2 · layers, heads, length, size]. */
interface Cache {
  readonly data: Float32Array;
  readonly length: number;
}

const EMPTY: Cache = { data: new Float32Array(), length: 0 };
const NO_PREFIX = new Float32Array();

/**
 * The embedded MELLM on the calling thread.
 *
 *     features ─► regions, questions ─► all answers in one pass, one token each ─► decision ─► plan
 *                regions, plan ─► text, token by token
 */
export class MellmModel {
  readonly #files: ModelFiles;
  #network: Network | undefined;
  readonly #tokenizer: Tokenizer;
  readonly #sides: readonly number[];
  readonly #categories: readonly number[];
  readonly #silent: ReadonlySet<number>;

  /** @throws LlmError `llm_model_damaged` */
  constructor(files: ModelFiles) {
    this.#files = files;
    this.#tokenizer = Tokenizer.read(`${files.folder}/tokenizer.json`);
    this.#sides = this.#tokenizer.ids(SIDE_ANSWERS);
    this.#categories = this.#tokenizer.ids(CATEGORIES.map((label) => `<${label}>`));
    this.#silent = new Set(this.#tokenizer.pieces.flatMap((piece, id) => (/^<.*>$/.test(piece) && piece !== '<end>' ? [id] : [])));
  }

  /** Whether the network is loaded. */
  get loaded(): boolean {
    return this.#network !== undefined;
  }

  /** Loaded for the first report that needs it: our own reports carry evidence, and never do. */
  #load(): Network {
    const { folder } = this.#files;
    return (this.#network ??= {
      projector: new OnnxRunner(`${folder}/projector.onnx`, ['prefix']),
      decoder: new OnnxRunner(`${folder}/decoder.onnx`, ['logits', 'present']),
    });
  }

  /**
   * Decides, then yields the text piece by piece; its first yield is the decision. Where the report has errors and shape, the measured
   * motion decides and the text states it; else, as for tables of other makers, the network does both.
   */
  *speak(report: SpokenOf, emotion: boolean): Generator<Decision | string> {
    if (!hasEvidence(report)) {
      yield* this.#speakAlone(report.rois, emotion);
      return;
    }
    const { text, ...answer } = answerByEvidence(report, emotion);
    yield { ...answer, plan: [] };
    yield* text.split(/(?=\s)/);
  }

  *#speakAlone(rois: readonly RegionMotion[], emotion: boolean): Generator<Decision | string> {
    const prefix =
      this.#load().projector.run({ figures: new Tensor('float32', features(rois), [1, REGIONS, WIDTH]) })['prefix'] ?? new Float32Array();
    const {
      units,
      architecture: { width },
    } = this.#files.card;
    // The step needs a token; what it would say after one is not looked at.
    const asked = this.#step(prefix, [this.#tokenizer.id('<pad>')], EMPTY);
    const answers = units.map((_, i) => this.#sides.map((id) => asked.logit(REGIONS + i, id)));
    const decision = decide(
      answers,
      this.#categories.map((id) => asked.logit(REGIONS + units.length, id)),
      this.#files.card,
      rois,
      emotion,
    );
    yield decision;
    // The text follows on the regions and the plan; the questions are left out of its context, as in training.
    let { cache, logits } = this.#step(prefix.subarray(0, REGIONS * width), this.#tokenizer.ids(decision.plan), EMPTY);
    const writer = new TextWriter(rois);
    const random = seeded(prefix);
    const unsaid = this.#unsaid(decision, rois);
    const end = this.#tokenizer.id('<end>');
    for (let count = 0; count < MAX_TOKENS; count++) {
      const token = draw(logits, unsaid, random);
      if (token === end) break;
      const piece = this.#tokenizer.pieces[token] ?? '';
      yield writer.write(piece);
      // The summary is held to the decision word by word, so there is nothing left to choose.
      if (piece === ' Summary') {
        yield* summary(decision, emotion);
        return;
      }
      ({ cache, logits } = this.#step(NO_PREFIX, [token], cache));
    }
    yield `\n### ${emotion ? '3' : '2'}. Summary`;
    yield* summary(decision, emotion);
  }

  close(): void {
    this.#network?.projector.close();
    this.#network?.decoder.close();
  }

  /** Tokens that the text must not have: special ones, units that were not decided for, and beside units regions that did not move. */
  #unsaid(decision: Decision, rois: readonly RegionMotion[]): ReadonlySet<number> {
    const named = new Set(decision.aus.map((unit) => unit.au));
    const least = decision.aus.length > 0 ? leastMotion(rois) : 0;
    const still = new Set(rois.flatMap(({ region, mean_magnitude }) => (mean_magnitude < least ? [`{${region}}`] : [])));
    const others = this.#tokenizer.pieces.flatMap((piece, id) =>
      (/^ ?AU\d+$/.test(piece) && !named.has(piece.trim())) || still.has(piece.trim()) ? [id] : [],
    );
    return new Set([...this.#silent, ...others]);
  }

  #step(
    prefix: Float32Array,
    tokens: readonly number[],
    past: Cache,
  ): { cache: Cache; logits: Float32Array; logit: (position: number, id: number) => number } {
    const { layers, heads, width } = this.#files.card.architecture;
    const size = width / heads;
    const out = this.#load().decoder.run({
      prefix: new Tensor('float32', prefix, [1, prefix.length / width, width]),
      tokens: new Tensor('int64', BigInt64Array.from(tokens, BigInt), [1, tokens.length]),
      past: new Tensor('float32', past.data, [2 * layers, heads, past.length, size]),
    });
    const logits = out['logits'] ?? new Float32Array();
    const data = out['present'] ?? new Float32Array();
    const vocabulary = this.#tokenizer.pieces.length;
    return {
      cache: { data, length: data.length / (2 * layers * width) },
      logits: logits.subarray(logits.length - vocabulary),
      logit: (position, id) => logits[position * vocabulary + id] ?? 0,
    };
  }
}

/** The dialogue's last part, in pieces: the units and the category as decided. */
function* summary({ aus, emotion, nothing }: Decision, asked: boolean): Generator<string> {
  const units = aus.map(({ au, side }) => (au === 'AU45' ? `${au} (blink)` : side === 'both' ? au : `${au} (${side})`)).join(', ');
  const conclusion = !asked
    ? nothing
      ? ' No action units of an expression.'
      : ''
    : emotion
      ? ` Micro-expression: ${emotion.label.charAt(0).toUpperCase()}${emotion.label.slice(1)}.`
      : ' No micro-expression.';
  yield* `\nAction units: ${units === '' ? 'none' : units}.${conclusion}`.split(/(?=\s)/);
}

/** A token by its tempered probability; those less than a twentieth as likely as the likeliest are left out. */
function draw(logits: Float32Array, unsaid: ReadonlySet<number>, random: () => number): number {
  let most = -Infinity;
  for (let id = 0; id < logits.length; id++) if (!unsaid.has(id)) most = Math.max(most, logits[id] ?? -Infinity);
  const floor = Math.log(0.05);
  const likely: { id: number; weight: number }[] = [];
  for (let id = 0; id < logits.length; id++) {
    const below = (logits[id] ?? -Infinity) - most;
    if (below >= floor && !unsaid.has(id)) likely.push({ id, weight: Math.exp(below / TEMPERATURE) });
  }
  let left = random() * likely.reduce((sum, { weight }) => sum + weight, 0);
  for (const { id, weight } of likely) if ((left -= weight) <= 0) return id;
  return likely[0]?.id ?? 0;
}

/** The same features give the same words: xorshift (Marsaglia 2003) seeded by them. */
function seeded(values: Float32Array): () => number {
  let state = 2_463_534_242;
  for (const value of values) state = (Math.imul(state, 31) + Math.round(value * 1e4)) >>> 0;
  state ||= 1;
  return () => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 4_294_967_296;
  };
}
