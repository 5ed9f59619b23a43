import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { packageFile } from '../../../src/common/package-file.js';

const quantity = z.strictObject({
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
    ingest: quantity,
    video: quantity,
    viewing: quantity,
    viewers: quantity,
    alerts: quantity,
    length: quantity,
  }),
  alert: z.strictObject({
    pairs: quantity,
    events: quantity,
    event_bytes: quantity,
    image_bytes: quantity,
    kept_bytes: quantity,
  }),
  flow: z.strictObject({ pair: quantity, job_bytes: quantity, answer_bytes: quantity }),
  llm: z.strictObject({
    answer: quantity,
    answer_p95: quantity,
    tokens: quantity,
    job_bytes: quantity,
    messages: quantity,
    message_bytes: quantity,
  }),
  bus: z.strictObject({
    passing: quantity,
    passing_unwatched: quantity,
    passing_bytes: quantity,
    nats_event: quantity,
    nats_passing: quantity,
    nats_job: quantity,
    store_event: quantity,
    api_event: quantity,
    api_viewer: quantity,
    beat: quantity,
    beat_bytes: quantity,
  }),
  machines: z.strictObject({ cores: quantity, use: quantity, main_thread: quantity, network: quantity }),
  load: z.strictObject({
    hours: z.array(z.number().min(0).max(1)).length(24),
    burst_every: quantity,
    burst_share: quantity,
    burst_within: quantity,
    node_back: quantity,
    notices: quantity,
  }),
  targets: z.strictObject({ flow_wait: quantity, llm_wait: quantity, refused: quantity }),
});

export type Quantity = z.infer<typeof quantity>;
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
