import { z } from 'zod';
import { WEBHOOK_EVENTS } from '../../config/mod.js';
import * as events from '../../events/mod.js';

/** Every named schema of the descriptions: what the server validates and types by. */
const COMPONENTS = {
  Access: events.accessSchema,
  Annotation: events.annotationSchema,
  AnnotationList: events.annotationListSchema,
  Ask: events.askSchema,
  Health: events.healthSchema,
  ImageList: events.imageListSchema,
  Marker: events.markerSchema,
  MarkerList: events.markerListSchema,
  NewMarker: events.newMarkerSchema,
  NewRecording: events.newRecordingSchema,
  NewReview: events.newReviewSchema,
  Problem: events.problemSchema,
  QuestionAnswer: events.questionAnswerSchema,
  Readiness: events.readinessSchema,
  Recording: events.recordingSchema,
  Review: events.reviewSchema,
  ReviewList: events.reviewListSchema,
  Series: events.seriesSchema,
  Session: events.sessionRecordSchema,
  SessionList: events.sessionListSchema,
  SessionSettings: events.sessionSettingsSchema,
  SessionSettingsSet: events.sessionSettingsSetSchema,
  Ticket: events.ticketSchema,
} as const;

export type ComponentName = keyof typeof COMPONENTS;

/** A JSON schema of draft 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** The event schemas by type, e.g. `annotation.closed`. */
const EVENTS: ReadonlyMap<string, z.ZodType> = new Map(
  [...events.durableEventSchema.options, ...events.ephemeralEventSchema.options].map((option) => [option.shape.type.value, option]),
);

export interface SchemaOptions {
  /** Forbids fields that are not described, as tests do. Clients must ignore them instead: a later version may add some. Default false. */
  readonly strict?: boolean;
}

/** The named schemas of requests and answers. */
export const componentSchemas = (options: SchemaOptions = {}): Record<ComponentName, JsonSchema> =>
  schemasOf(Object.entries(COMPONENTS), options);

/** The schemas of all events by their type, and the annotation that one of them holds. */
export const eventSchemas = (options: SchemaOptions = {}): Record<string, JsonSchema> =>
  schemasOf([...EVENTS, ['Annotation', events.annotationSchema]], options);

/** The schemas of the events that webhooks may send, and of the annotation in one of them. */
export const webhookSchemas = (options: SchemaOptions = {}): Record<string, JsonSchema> =>
  schemasOf(
    [...[...EVENTS].filter(([type]) => WEBHOOK_EVENTS.some((one) => one === type)), ['Annotation', events.annotationSchema]],
    options,
  );

/** JSON schema of a single value, e.g. a parameter. */
export const parameterSchema = (schema: z.ZodType): JsonSchema => {
  return embedded(z.toJSONSchema(schema, { io: 'input' }));
};

export const componentReference = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

function schemasOf(named: Iterable<readonly [string, z.ZodType]>, { strict = false }: SchemaOptions): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of named) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, {
    io: 'output',
    uri: (id) => `#/components/schemas/${id}`,
    override: ({ jsonSchema }) => {
      if (!strict && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  });
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, embedded(schema)]));
}

/** Without what only a document of its own has: inside a description the dialect and the address are known. */
const embedded = (schema: object): JsonSchema =>
  Object.fromEntries(Object.entries(schema).filter(([key]) => key !== '$id' && key !== '$schema'));
