import { z } from 'zod';
import { actionUnitSchema, emotionSchema } from '../events/schema.js';
import type { Claim, JobClient } from './nats/mod.js';
import type { FlowReport } from '../flow/mod.js';
import type { DescribeOptions, Describer, Description } from '../llm/mod.js';
import { codeOf, read, reportSchema } from './flow-jobs.js';

const jobSchema = z.object({
  v: z.literal(1),
  annotation: z.string(),
  report: reportSchema,
  motion: z.boolean(),
  emotion: z.boolean().optional(),
  patient: z.boolean().optional(),
});

const answerSchema = z.object({
  description: z.object({
    text: z.string().max(32_768),
    aus: z.array(actionUnitSchema).max(64),
    emotion: emotionSchema.optional(),
    nothing: z.boolean().optional(),
    source: z.string(),
  }),
});

/** Shown between the partial text of a worker that died and that of its replacement. */
const BREAK = '\n\n[The language model was interrupted; another one continues.]\n\n';

/**
 * Sends MELLM jobs to the workers. @param picture whether the prompt needs the motion map @param emotion false: no category, whatever the
 * worker's setting
 */
export function remoteDescriber(
  jobs: JobClient,
  { picture, emotion: wanted = true }: { readonly picture: boolean; readonly emotion?: boolean },
) {
  return async (
    { images, ...report }: FlowReport,
    onText: (delta: string) => void,
    signal: AbortSignal,
    annotation: string,
    { patient = false }: DescribeOptions = {},
  ): Promise<Description> => {
    const began = performance.now();
    const motion = picture ? images?.motion : undefined;
    const { head } = await jobs.call({
      queue: 'llm',
      id: annotation,
      signal,
      onText,
      onRestart: () => {
        onText(BREAK);
      },
      head: {
        v: 1,
        annotation,
        report,
        motion: motion !== undefined,
        ...(wanted ? {} : { emotion: false }),
        ...(patient ? { patient } : {}),
      },
      parts: motion ? [motion] : [],
    });
    const {
      description: { emotion, nothing, ...description },
    } = read(answerSchema, head, 'response of a MELLM worker');
    return { ...description, ...(wanted && emotion ? { emotion } : {}), ...(nothing ? { nothing } : {}), ms: performance.now() - began };
  };
}

/** Answers MELLM jobs with the describer of this process. @param timeout milliseconds for one description of live video */
export function serveLlm(describer: Pick<Describer, 'describe'>, timeout: number) {
  return async (claims: readonly Claim[]): Promise<void> => {
    await Promise.all(
      claims.map(async (claim) => {
        try {
          const { report, motion, emotion, patient } = read(jobSchema, claim.frame.head, 'MELLM job');
          const [picture] = claim.frame.parts;
          const description = await describer.describe(
            { ...report, ...(motion && picture ? { images: { motion: picture } } : {}) },
            (delta) => {
              claim.say(delta);
            },
            patient ? new AbortController().signal : AbortSignal.timeout(timeout),
            { ...(emotion === undefined ? {} : { emotion }), ...(patient === undefined ? {} : { patient }) },
          );
          claim.done({ description });
        } catch (error) {
          claim.fail(codeOf(error), error instanceof Error ? error.message : String(error));
        }
      }),
    );
  };
}
