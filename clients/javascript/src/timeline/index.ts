/** What draws a timeline: used by the page and by `<mellm-timeline>`. */
export * from './canvas.js';
export * from './draw-timeline.js';
export * from './timeline-model.js';
