/**
 * How regions are written down for a language model: `mellm` as valid JSON; `paper` with the flaws of the published prompt, which
 * weights tuned on it may expect.
 */
export type Dialect = 'mellm' | 'paper';

/** What is sent: the regions' measurements (arXiv 2505.07007v3), or one image, the motion-enhanced map (its first version). */
export type PromptKind = 'regions' | 'motion-map';
