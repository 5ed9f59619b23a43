/**
 * MELLM, the language stage: what the regions' motion shows (action units) and what it may mean (a category), in words.
 *
 * Region names tell the image's sides; the sides of action units are the person's own.
 */
export {
  startDescriber,
  type Describer,
  type DescribeOptions,
  type DescriberHooks,
  type DescriberOptions,
  type RequestResult,
} from './describer.js';
export type { Description } from './contract.js';
export { describerOptions, descriptionTimeout } from './settings.js';
export type { Dialect, PromptKind } from './dialect.js';
export { LlmError, type LlmErrorCode } from './llm-error.js';
export { regionLine } from './prompt/region-line.js';
export { regionsPrompt, type RegionsPromptOptions } from './prompt/regions-prompt.js';
export { motionMapPrompt, type MotionMapPrompt } from './prompt/motion-map-prompt.js';
export { parseAnswer, type Answer } from './answer/parse-answer.js';
export { flagUnsupported, isSupported } from './answer/support.js';
export { unitName } from './answer/action-unit-names.js';
export { readModelFiles, type ModelFiles } from './embedded/model-files.js';
export { answerQuestion, type Evidence } from './questions/answer-question.js';
export { EXAMPLES, readQuestion, type Question } from './questions/question.js';
