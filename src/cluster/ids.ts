import { z } from 'zod';

/** Ids of sessions and annotations as they stand in NATS' subjects, where a dot, a star or a space would mean something. */
export const idSchema = z.string().regex(/^[\w:-]{1,64}$/);

/** Whether anything can have this id here; what can't is not asked for. */
export const isId = (id: string): boolean => idSchema.safeParse(id).success;
