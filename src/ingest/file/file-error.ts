/** Why a recorded file can't be analysed. Stable. */
export type FileErrorCode =
  'file_not_found' | 'file_unreadable' | 'not_a_video' | 'no_video_stream' | 'codec_not_supported' | 'file_truncated';

/** A recorded file that can't be opened; `message` says the cause and the fix. */
export class FileError extends Error {
  override readonly name = 'FileError';
  readonly code: FileErrorCode;

  constructor(code: FileErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }

  static is(code: string): code is FileErrorCode {
    return ['file_not_found', 'file_unreadable', 'not_a_video', 'no_video_stream', 'codec_not_supported', 'file_truncated'].includes(code);
  }
}
