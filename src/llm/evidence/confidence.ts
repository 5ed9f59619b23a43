/** Standard errors at which a unit begins to be named, and over which doubt falls to a third. */
const BEGINS = 3;
const FALL = 4;
/** Doubt at the beginning and however clear the motion: units are read by rules, and truth by eye. */
const MOST_DOUBT = 0.45;
const LEAST_DOUBT = 0.04;

/** Probability that a unit is right, by how many standard errors its motion is beyond none. */
export function confidenceOf(strength: number): number {
  return Math.round(1e4 * (1 - LEAST_DOUBT - (MOST_DOUBT - LEAST_DOUBT) * Math.exp(-Math.max(0, strength - BEGINS) / FALL))) / 1e4;
}

/** The word that goes with a confidence. */
export function certainty(confidence: number): 'clear' | 'likely' | 'possible' {
  return confidence >= 0.85 ? 'clear' : confidence >= 0.65 ? 'likely' : 'possible';
}
