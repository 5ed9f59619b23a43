export { MotionMeter, type MeterInput, type MotionMeterOptions } from './motion/meter.js';
export { decodeTable, encodeTable, widthOf, type Column, type TableHeader } from './signals/float-table.js';
export { SignalsError } from './signals/signals-error.js';
export { decodeSignals, encodeSignals, SIGNAL_COLUMNS, type Signals } from './signals/signals-file.js';
export { SPOTTER_DEFAULTS, type SpotterOptions } from './spotter/options.js';
export { Spotter } from './spotter/spotter.js';
export { MOTION_REGIONS, type MotionRegion, type MotionSample, type SpotterEvent, type Window } from './window.js';
