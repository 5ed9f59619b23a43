import { z } from 'zod';
import { headSchema, kindSchema, regionMotionSchema } from '../events/schema.js';
import { BusError } from '../events/bus/mod.js';
import type { Claim, Frame, JobClient } from './nats/mod.js';
import { toBytes, type FlowEstimator, type MeasureFlow } from '../flow/mod.js';

/** Pictures that travel back. */
const PICTURES = ['flow', 'motion'] as const;

const jobSchema = z.object({ v: z.literal(1), session: z.string(), annotation: z.string() });

const shapeSchema = z.object({
  eyes: z.tuple([z.number(), z.number()]),
  lips: z.number(),
  mouth: z.number(),
  red: z.number(),
  jaw: z.number(),
});

/** A flow report without its pictures. */
export const reportSchema = z.object({
  rois: z.array(regionMotionSchema).max(64),
  head: headSchema,
  shape: z.object({ onset: shapeSchema, apex: shapeSchema }).optional(),
  kind: kindSchema.optional(),
  source: z.string(),
  ms: z.number(),
});
const answerSchema = z.object({ report: reportSchema, pictures: z.array(z.enum(PICTURES)) });

/** Measures on a flow worker: the pair travels as raw luma, 100 kB. */
export function remoteFlow(jobs: JobClient): MeasureFlow {
  return async ({ session, annotation, id = annotation, onsetCrop, apexCrop, landmarks, apexLandmarks, signal }) => {
    const began = performance.now();
    const { head, parts } = await jobs.call({
      queue: 'flow',
      id,
      signal: signal ?? new AbortController().signal,
      head: { v: 1, session, annotation },
      parts: [toBytes(onsetCrop), toBytes(apexCrop), ...[landmarks, ...(apexLandmarks ? [apexLandmarks] : [])].map(littleEndian)],
    });
    const { report, pictures } = read(answerSchema, head, 'response of a flow worker');
    const images = Object.fromEntries(pictures.flatMap((name, i) => (parts[i] ? [[name, parts[i]]] : [])));
    return { ...report, ms: performance.now() - began, images };
  };
}

/** Answers flow jobs with the estimator of this process. */
export function serveFlow(estimator: Pick<FlowEstimator, 'measure'>) {
  return async (claims: readonly Claim[]): Promise<void> => {
    await Promise.all(
      claims.map(async (claim) => {
        try {
          const { session, annotation } = read(jobSchema, claim.frame.head, 'flow job');
          const [onsetCrop, apexCrop, landmarks, apexLandmarks] = claim.frame.parts;
          if (!onsetCrop || !apexCrop || !landmarks) throw new BusError('bus_message_invalid', 'flow job without crops');
          const { images, ...report } = await estimator.measure({
            session,
            annotation,
            onsetCrop,
            apexCrop,
            landmarks: floats(landmarks),
            ...(apexLandmarks ? { apexLandmarks: floats(apexLandmarks) } : {}),
            includeImages: true,
          });
          const pictures = PICTURES.filter((name) => images?.[name] !== undefined);
          claim.done(
            { report, pictures },
            pictures.map((name) => images?.[name] ?? new Uint8Array()),
          );
        } catch (error) {
          claim.fail(codeOf(error), error instanceof Error ? error.message : String(error));
        }
      }),
    );
  };
}

/** @throws BusError `bus_message_invalid` */
export function read<T>(schema: z.ZodType<T>, head: Frame['head'], what: string): T {
  const result = schema.safeParse(head);
  if (result.success) return result.data;
  throw new BusError(
    'bus_message_invalid',
    `cannot read ${what} (${result.error.issues[0]?.path.join('.') ?? ''}: ${result.error.issues[0]?.message ?? ''}); run the same release on all processes`,
  );
}

export function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'failed';
}

/** Every machine that Node runs on is little-endian, but the format should not depend on it. */
function littleEndian(values: Float32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  values.forEach((value, i) => {
    view.setFloat32(i * 4, value, true);
  });
  return new Uint8Array(view.buffer);
}

function floats(bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: Math.floor(bytes.byteLength / 4) }, (_, i) => view.getFloat32(i * 4, true));
}
