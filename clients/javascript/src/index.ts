/** Client of mellm-live for browsers and Node.js, without dependencies. Its types are those that the server validates with. */
export { MellmClient, type ClientOptions, type ExportFormat, type OpenSocket, type PublishOptions, type WatchOptions } from './client.js';
export { BackOff } from './back-off.js';
export { EventQueue } from './event-queue.js';
export { EventStream, type StreamState } from './event-stream.js';
export { ProblemError } from './problem.js';
export { openCamera, type CameraOptions, type VideoSource } from './sources.js';
export type { UploadOptions } from './upload.js';
export { Publisher, type PublisherState } from './whip/publisher.js';
export type { Access, Answers, SessionSettings } from '../../../src/events/http-schema.js';
export type { NewRecording, RecordingView } from '../../../src/events/recording-schema.js';
export type { Annotation, DurableEvent, EphemeralEvent, Event, Marker, NewMarker } from '../../../src/events/schema.js';
export type { NewReview, Review } from '../../../src/events/review-schema.js';
export type { ImageName, SessionRecord } from '../../../src/events/session-record.js';
