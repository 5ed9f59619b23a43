export { MotionMeter, type MeterInput, type MotionMeterOptions } from './motion/meter.js';
export { SPOTTER_DEFAULTS, type SpotterOptions } from './spotter/options.js';
export { Spotter } from './spotter/spotter.js';
export { MOTION_REGIONS, type MotionRegion, type MotionSample, type SpotterEvent, type Window } from './window.js';
