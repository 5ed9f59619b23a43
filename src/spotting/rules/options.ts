/** How the spotter decides. Every time is in seconds of media time, every length in pixels of the 224-px reference crop. */
export interface SpotterOptions {
  /** Longest total duration of a micro-expression, s. Default 0.5 (the field's limit). */
  readonly microMax: number;
  /** Longest rise that makes a window `micro` before its offset is known, s. Default 0.26 (89 % of CASME II rise faster). */
  readonly microRiseMax: number;
  /** Largest displacement of a micro-expression, px: what moves further, however briefly, is `macro` (speech, a quick grin). Default 6. */
  readonly microPeakMax: number;
  /** Slower rises are drift, of pose or light, and not reported, s. Default 2. */
  readonly riseMax: number;
  /** A window without an offset is closed as it is this long after its onset, s. Default 4. */
  readonly macroMax: number;
  /** Rises faster than this are steps of light, cuts or glitches, not muscle, s. Default 0.045. */
  readonly riseMin: number;
  /** No higher motion for this long makes a local maximum the apex, s. Default 0.066: `opened` follows the apex by at most 0.15. */
  readonly confirm: number;
  /** Fraction of the peak below which the motion counts as not yet begun, or over. Default 0.2. */
  readonly footFraction: number;

  /** A component's threshold is never below this, px. Default 0.35. */
  readonly floor: number;
  /** Threshold over the component's own noise (robust standard deviation over `noiseSpan`). Default 6. */
  readonly noiseFactor: number;
  /** Threshold over the component's 90th percentile: tells expression from steady talk or chewing. Default 1.7. */
  readonly activityFactor: number;
  /** Threshold over the standard deviation that the image noise alone explains (`sigma`). Default 5. */
  readonly sigmaFactor: number;
  /** Multiplies all thresholds: below 1 more alerts, above 1 fewer. Default 1. */
  readonly caution: number;
  /** How far back a person's own noise is looked at, s. Default 12. */
  readonly noiseSpan: number;
  /** Span of the rolling median that is taken as rest, s: slower drift is no expression. Default 1.5. */
  readonly restSpan: number;
  /** Time constant of the low-pass before detection, s. Default 0.025. */
  readonly smoothing: number;

  /** After the start, for this long, only strong motion counts, s. Default 1.5. */
  readonly warmUp: number;
  /** Multiplies the thresholds during the warm-up. Default 2. */
  readonly warmUpFactor: number;
  /** Nothing is spotted before the rest position was seen for this long after a start or reset, s. Default 0.3. */
  readonly settle: number;

  /** Head shift that adds one threshold, px/s. Default 60. */
  readonly headSpeedScale: number;
  /** Head turn that adds one threshold, rad/s. Default 0.5. */
  readonly turnSpeedScale: number;
  /** Head turn at which nothing is spotted, rad/s. Default 1.2. */
  readonly turnSpeedMax: number;
  /** Head shift at which nothing is spotted, px/s. Default 220. */
  readonly headSpeedMax: number;
  /** Share of all motion that is one common shift, above which it is the head. Default 0.65 (both brows alone give 0.27). */
  readonly alikeMax: number;

  /** Eye aperture, as a fraction of its open value, below which a lid is blinking or looking down. Default 0.72. */
  readonly blinkAperture: number;
  /** How far around a blink lids, brows and cheeks are not believed, s. Default 0.12. */
  readonly blinkMargin: number;
  /** Motion of regions away from the eyes that counts in spite of a blink, in thresholds. Default 1.5. */
  readonly blinkOverride: number;

  /** Below this quality nothing is spotted. Default 0.2. */
  readonly qualityMin: number;
  /** A pause between samples longer than this, and than three frame times, is a gap, s. Default 0.1. */
  readonly gapMax: number;
  /** Missing frames in a row that are bridged; one more is a gap. Default 1. */
  readonly missingMax: number;
}

export const SPOTTER_DEFAULTS: SpotterOptions = {
  microMax: 0.5,
  microRiseMax: 0.26,
  microPeakMax: 6,
  riseMax: 2,
  macroMax: 4,
  riseMin: 0.045,
  confirm: 0.066,
  footFraction: 0.2,
  floor: 0.35,
  noiseFactor: 6,
  activityFactor: 1.7,
  sigmaFactor: 5,
  caution: 1,
  noiseSpan: 12,
  restSpan: 1.5,
  smoothing: 0.025,
  warmUp: 1.5,
  warmUpFactor: 2,
  settle: 0.3,
  headSpeedScale: 60,
  turnSpeedScale: 0.5,
  turnSpeedMax: 1.2,
  headSpeedMax: 220,
  alikeMax: 0.65,
  blinkAperture: 0.72,
  blinkMargin: 0.12,
  blinkOverride: 1.5,
  qualityMin: 0.2,
  gapMax: 0.1,
  missingMax: 1,
};
