/** @typedef {import('./frames.js').Expression} Expression */

/**
 * How far an expression stands at time t: 0 at rest, 1 at the apex. Rise and fall are raised cosines.
 * @param {Pick<Expression, 'onset' | 'rise' | 'hold' | 'fall'>} expression seconds
 * @param {number} t seconds
 */
export function courseAt({ onset, rise, hold = 0, fall }, t) {
  const s = t - onset;
  if (s <= 0 || s >= rise + hold + fall) return 0;
  if (s < rise) return 0.5 - 0.5 * Math.cos((Math.PI * s) / rise);
  if (s <= rise + hold) return 1;
  return 0.5 + 0.5 * Math.cos((Math.PI * (s - rise - hold)) / fall);
}

/** How far the lids are shut at time t, 0..1: down in 90 ms, shut for 40 ms, up in 170 ms. `start`: seconds. */
export function lidsAt(start, t) {
  const s = t - start;
  if (s <= 0 || s >= 0.3) return 0;
  if (s < 0.09) return 0.5 - 0.5 * Math.cos((Math.PI * s) / 0.09);
  if (s <= 0.13) return 1;
  return 0.5 + 0.5 * Math.cos((Math.PI * (s - 0.13)) / 0.17);
}

/**
 * Small head sway that begins and ends in the same pose and speed: shift in px, roll in radians, growth in scale.
 * @param {number} t seconds
 * @param {number} period seconds after which it repeats
 * @param {number} amount px, about the largest shift
 */
export function swayAt(t, period, amount) {
  const wave = (turns, phase) => Math.sin(2 * Math.PI * ((turns * t) / period + phase));
  return {
    x: amount * (0.7 * wave(2, 0) + 0.3 * wave(5, 0.3)),
    y: amount * (0.5 * wave(3, 0.1) + 0.25 * wave(4, 0.6)),
    roll: amount * 0.0016 * wave(2, 0.4),
    scale: amount * 0.001 * wave(3, 0.7),
  };
}
