import type { ActionUnit, RegionMotion } from '../../events/schema.js';
import { MOVING } from '../evidence/find-units.js';
import { unitName } from './action-unit-names.js';
import { leastMotion } from './support.js';

/**
 * The text of an answer where no emotion is wanted: built from the measured regions and the action units alone, so that no word of the
 * model's is in it, whatever it writes and in whichever language.
 */
export function motionText(aus: readonly ActionUnit[], rois: readonly RegionMotion[]): string {
  const floor = leastMotion(rois);
  const moved = rois.filter(({ mean_magnitude: mean, sigma }) => mean >= (sigma === undefined ? floor : MOVING * sigma)).map(sentence);
  return [
    `### 1. Regions that moved\n${moved.length === 0 ? 'No region moves by more than its measurement error.' : moved.join('\n')}`,
    `### 2. Summary\nAction units: ${aus.length === 0 ? 'none' : aus.map(named).join('; ')}.`,
  ].join('\n\n');
}

function sentence({ region, direction, angle_deg: angle, mean_magnitude: mean }: RegionMotion): string {
  return `* ${region}: ${angle === null ? '' : `${direction} by `}${mean.toFixed(1)} px.`;
}

function named({ au, side, confidence }: ActionUnit): string {
  const name = unitName(Number(au.slice(2)));
  return `${au}${name === undefined ? '' : ` ${name}`}${side === 'both' ? '' : `, ${side}`} (${String(Math.round(confidence * 100))} %)`;
}
