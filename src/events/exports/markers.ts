import type { Marker } from '../schema.js';
import { line } from './csv.js';

export const MARKER_CSV_HEADER = line(['marker', 't', 'wall_time', 'wall_error_ms', 'code', 'trial', 'stimulus']);

/** A marker as one row of CSV; the wall-clock time in ISO 8601. */
export function markerCsvRow({ marker, t, wall, code, trial = '', stimulus = '' }: Marker): string {
  return line([
    marker,
    t.toFixed(4),
    wall ? new Date(wall.at).toISOString() : '',
    wall ? wall.error_ms.toFixed(1) : '',
    code,
    trial,
    stimulus,
  ]);
}
