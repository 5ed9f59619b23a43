export type { Frame, FrameSource, SourceEvents, SourceCounters, VideoFormat, EndReason } from './frame.js';
export { IngestPool, type Publication } from './ingest-pool.js';
export type { IngestOptions, IngestLimits, IceOptions, IceServer } from './ingest-options.js';
export { IngestOptionsError } from './check-options.js';
export { WhipError, type WhipErrorCode } from './whip-error.js';
export { openFile, type FileSource, type OpenFileOptions } from './file/open-file.js';
export { FileError, type FileErrorCode } from './file/file-error.js';
export { decoders, type DecoderInfo } from './decode/decoders.js';
