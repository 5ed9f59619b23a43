import type { RegionMotion } from '../../events/schema.js';
import type { Dialect } from '../dialect.js';
import { regionLine } from './region-line.js';

/** How the user turn is worded. */
export interface RegionsPromptOptions {
  /** Default `mellm`. */
  readonly dialect?: Dialect;
  /** False leaves the category out of what is asked. Default true. */
  readonly emotion?: boolean;
}

/**
 * The user turn of MELLM's dialogue: one line for each region of interest, in the report's order, then the instruction in three
 * parts: regions and action units, reasoning to a category, summary. Without emotion there is neither reasoning to a category nor
 * one in the summary, and the word is not used.
 */
export function regionsPrompt(rois: readonly RegionMotion[], options: RegionsPromptOptions = {}): string {
  const { dialect = 'mellm', emotion = true } = options;
  const lines = rois.map((region) => regionLine(region, dialect)).join('\n');
  return `${opening(dialect, emotion)}\n${lines}\n\n${instruction(emotion)}${dialect === 'mellm' ? `\n${conventions(emotion)}` : ''}\n`;
}

/** The three parts that an answer has, in Markdown as the published model was tuned to see them. */
export function instruction(emotion: boolean): string {
  const regions = [
    '### 1. Regions of interest that moved',
    '* For each region with clear motion, by **magnitude and/or direction**, say briefly how it moves and which Action Unit(s) that suggests.',
    '* Leave out regions that did not move.',
    '* Motion that has nothing to do with an expression gets a short remark and no more.',
  ];
  if (!emotion) return [...regions, '### 2. **Summary: list the AUs.**'].join('\n');
  return [
    ...regions,
    '### 2. From the pattern to the micro-expression category',
    '* Take all moving regions together, their directions and how magnitude is distributed, and reason step by step from local motion to one category.',
    '### 3. **Summary: the AUs and the micro-expression ( Negative | Positive | Surprise ).**',
  ].join('\n');
}

function opening(dialect: Dialect, emotion: boolean): string {
  const subject = emotion ? 'facial action unit(s) and the micro-expression' : 'facial action unit(s)';
  return dialect === 'paper'
    ? `From the following measurements, analyze the ${subject}:`
    : `Optical flow between the onset and the apex frame of a face, nose-referenced, by region. Analyze the ${subject}:`;
}

/** What a general model can't know; the published one was tuned without it, so the paper's dialect leaves it out. */
function conventions(emotion: boolean): string {
  return [
    'Conventions: magnitudes are pixels of a face crop 224 px wide; 0° is right, angles run counter-clockwise, up is 90°; "Left" and "Right" in region names are sides of the image, the person\'s other side.',
    'Write AUs as AU12; add "left", "right" (the person\'s own side) where only one side moved, and a confidence from 0 to 1.',
    emotion
      ? 'If nothing but noise, head motion or a blink is seen, say "No micro-expression". If the AUs decide no category, say Other.'
      : 'If nothing but noise, head motion or a blink is seen, say "No action units".',
  ].join('\n');
}
