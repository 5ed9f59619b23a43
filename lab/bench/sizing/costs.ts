import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { packageFile } from '../../../src/common/package-file.js';

const figure = z.strictObject({
  value: z.number().nonnegative(),
  unit: z.string(),
  from: z.string().min(1).describe('the command that measured it, or why it was chosen'),
  assumed: z.literal(true).optional().describe('not measured'),
});

/** What a sizing is made from: measured costs, and what is assumed of those who use it. */
const costsSchema = z.strictObject({
  about: z.string(),
  machine: z.string(),
  session: z.strictObject({
    ingest: figure,
    video: figure,
    viewing: figure,
    viewers: figure,
    alerts: figure,
    length: figure,
  }),
  alert: z.strictObject({
    pairs: figure,
    events: figure,
    event_bytes: figure,
    image_bytes: figure,
    kept_bytes: figure,
  }),
  flow: z.strictObject({ pair: figure, job_bytes: figure, answer_bytes: figure }),
  llm: z.strictObject({ answer: figure, answer_p95: figure, tokens: figure, job_bytes: figure, messages: figure, message_bytes: figure }),
  bus: z.strictObject({
    passing: figure,
    passing_unwatched: figure,
    passing_bytes: figure,
    nats_event: figure,
    nats_passing: figure,
    nats_job: figure,
    store_event: figure,
    api_event: figure,
    api_viewer: figure,
    beat: figure,
    beat_bytes: figure,
  }),
  machines: z.strictObject({ cores: figure, use: figure, main_thread: figure, network: figure }),
  load: z.strictObject({
    hours: z.array(z.number().min(0).max(1)).length(24),
    burst_every: figure,
    burst_share: figure,
    burst_within: figure,
    node_back: figure,
    notices: figure,
  }),
  targets: z.strictObject({ flow_wait: figure, llm_wait: figure, refused: figure }),
});

export type Figure = z.infer<typeof figure>;
export type Costs = z.infer<typeof costsSchema>;

/** Of this installation. */
export const COSTS_FILE = packageFile('docs/scale-costs.json');

/** @throws Error that names the file and what is wrong in it */
export function readCosts(file = COSTS_FILE): Costs {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new Error(`the costs in ${file} can't be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  const result = costsSchema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Error(`the costs in ${file} are not what they should be: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}
