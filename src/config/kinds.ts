import { z } from 'zod';

// Kinds of value that files, environment and flags write differently: numbers and booleans as text, lists by commas.

export const port = z.coerce.number().int().min(0).max(65_535);

export const flag = z.union(
  [z.boolean(), z.enum(['true', 'false', '1', '0']).transform((v) => v === 'true' || v === '1')],
  'must be true or false',
);

export const list = <T extends z.ZodType>(item: T) =>
  z.preprocess(
    (v) =>
      typeof v === 'string'
        ? v
            .split(',')
            .map((s) => s.trim())
            .filter(Boolean)
        : v,
    z.array(item),
  );

/** A whole number from `min` to `max`. */
export const count = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

/** Marks a setting that `--print-config` must not show. */
export const secret = <T extends z.ZodType>(kind: T): T => kind.meta({ secret: true });
