import { createReadStream, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { EMOTION_LABELS } from '../../../src/common/emotion-labels.js';
import { regionMotionSchema, sideSchema } from '../../../src/events/schema.js';
import { LlmError } from '../../../src/llm/llm-error.js';

const labelSchema = z.enum([...EMOTION_LABELS, 'none']);

/** One pair of MEU-Instruct, as `python -m mellm.generate` writes it; also what a loader of a published data set gives. */
const instructPairSchema = z.object({
  id: z.string(),
  /** Whose face it is; `subject` of the published data sets. */
  identity: z.string().nullish(),
  kind: z.string().default('units'),
  rois: z.array(regionMotionSchema).length(29),
  units: z.array(z.object({ au: z.string().regex(/^AU\d{1,2}$/), side: sideSchema, px: z.number().nonnegative().optional() })),
  category: z.object({ label: labelSchema, probabilities: z.record(z.string(), z.number()).optional() }),
  /** True where the units decide the category. */
  decided: z.boolean().default(true),
});

export type InstructPair = z.infer<typeof instructPairSchema>;

/** Pairs to be judged, and pairs to fit baselines on. */
export interface InstructSplit {
  readonly test: readonly InstructPair[];
  /** Empty where there is none: then the baselines are fitted leaving one person out at a time. */
  readonly train: readonly InstructPair[];
}

/**
 * Reads test.jsonl and, where it is there, train.jsonl of a folder; or one JSONL file.
 *
 * @throws LlmError `llm_setting` where there is no such file or a line is no pair.
 */
export async function readInstructSplit(root: string, limit = Infinity): Promise<InstructSplit> {
  const isFile = existsSync(root) && statSync(root).isFile();
  const test = isFile ? root : join(root, 'test.jsonl');
  if (!existsSync(test))
    throw new LlmError('llm_setting', `${test} is not there; write it with python -m mellm.generate --split test --out test.jsonl`);
  const train = isFile ? undefined : join(root, 'train.jsonl');
  return { test: await lines(test, limit), train: train !== undefined && existsSync(train) ? await lines(train, Infinity) : [] };
}

async function lines(path: string, limit: number): Promise<InstructPair[]> {
  const pairs: InstructPair[] = [];
  let number = 0;
  const input = createReadStream(path, 'utf8');
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    number++;
    if (line.trim() === '') continue;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      value = undefined;
    }
    const pair = instructPairSchema.safeParse(value);
    if (!pair.success) {
      const issue = pair.error.issues[0];
      throw new LlmError(
        'llm_setting',
        `${path}, line ${String(number)} is not a valid MEU-Instruct pair (${issue ? `${issue.path.join('.')}: ${issue.message}` : 'not valid JSON'})`,
      );
    }
    pairs.push(pair.data);
    if (pairs.length >= limit) break;
  }
  input.destroy();
  return pairs;
}
