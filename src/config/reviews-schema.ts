import { z } from 'zod';
import { flag } from './kinds.js';

export const reviewsSection = z
  .strictObject({
    blind: flag.default(false).describe('coders with tokens see only their own reviews; the grant admin sees all (docs/review.md)'),
  })
  .prefault({});
