import fc from 'fast-check';
import { runs } from './property-runs.js';

/**
 * CI draws the same inputs each time, so that it fails on what changed and on nothing else; `npm run test:properties` draws
 * other ones, many times as many. What it finds becomes an example of its own in the test.
 */
const seed = process.env['MELLM_PROPERTY_SEED'] ?? '20261121';
fc.configureGlobal({ numRuns: runs(100), ...(seed === 'random' ? {} : { seed: Number(seed) }) });
