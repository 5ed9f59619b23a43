import type { RegionMotion } from '../../events/schema.js';
import type { Dialect } from '../dialect.js';

/**
 * One line of the user turn for one region (arXiv 2505.07007v3, as its public pipeline writes it).
 *
 * `mellm`: `{"region":"Chin","mean_magnitude":0.523,"max_magnitude":0.81,"direction":"up (92°, concentration 0.97)"}`.
 * `paper`: the name's closing quote is missing, the direction bare, its bracket closed twice:
 * `{"region":"Chin,"mean_magnitude":0.523,"max_magnitude":0.81,"direction":up(92°))}`.
 */
export function regionLine(region: RegionMotion, dialect: Dialect): string {
  if (dialect === 'paper') {
    return `{"region":"${plain(region.region)},"mean_magnitude":${pythonFloat(region.mean_magnitude)},"max_magnitude":${pythonFloat(region.max_magnitude)},"direction":${paperDirection(region)}}`;
  }
  return JSON.stringify({
    region: region.region,
    mean_magnitude: thousandths(region.mean_magnitude),
    max_magnitude: thousandths(region.max_magnitude),
    direction: direction(region),
  });
}

function direction({ direction: word, angle_deg: angle, concentration }: RegionMotion): string {
  const how = `concentration ${concentration.toFixed(2)}`;
  return angle === null ? (word.startsWith('No significant') ? word : `${word} (${how})`) : `${word} (${wholeAngle(angle)}°, ${how})`;
}

function paperDirection({ direction: word, angle_deg: angle, mean_magnitude: mean, concentration }: RegionMotion): string {
  if (angle !== null) return `${plain(word)}(${wholeAngle(angle)}°))`;
  if (word.startsWith('No significant')) return `No significant motion detected (mean magnitude ≈ ${significant(mean)}).`;
  return `No clear dominant direction (motion is more isotropic or noisy; mean magnitude ≈ ${significant(mean)}, concentration ≈ ${concentration.toFixed(3)}).`;
}

/** Names come from our own list; a line break or quote in one must still not forge another line. */
function plain(text: string): string {
  return text.replace(/["\\\p{Cc}]/gu, ' ');
}

function wholeAngle(angle: number): string {
  return String(((Math.round(angle) % 360) + 360) % 360);
}

function thousandths(value: number): number {
  return Number.isFinite(value) ? Math.round(value * 1000) / 1000 : 0;
}

/** As Python prints `round(value, 3)`: a whole number keeps its `.0`. */
function pythonFloat(value: number): string {
  const text = String(thousandths(value));
  return text.includes('.') ? text : `${text}.0`;
}

/** Six significant digits without trailing zeros, as Python's `.6g` for such values. */
function significant(value: number): string {
  return String(Number(value.toPrecision(6)));
}
