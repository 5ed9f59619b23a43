import type { FFmpeg } from '@ffmpeg/ffmpeg';
import coreUrl from '@ffmpeg/core?url';
import wasmUrl from '@ffmpeg/core/wasm?url';

/** How far a job is: `loading` FFmpeg (32 MB, once), then `working`; `share` 0..1, or undefined where it can't be known. */
export interface JobProgress {
  readonly step: 'loading' | 'working';
  readonly share: number | undefined;
}

/** FFmpeg in the browser failed; `log` holds its last words. */
export class FfmpegError extends Error {
  override readonly name = 'FfmpegError';
  /** `no_picture`: it ran, but the part that was asked for holds no picture. */
  readonly code: 'ffmpeg_failed' | 'no_picture';
  readonly log: string;
  constructor(message: string, log: string, cause?: unknown, code: FfmpegError['code'] = 'ffmpeg_failed') {
    super(message, { cause });
    this.log = log;
    this.code = code;
  }
}

/**
 * Runs one FFmpeg command in a worker of this page; the file never leaves the browser. FFmpeg is loaded from this server
 * when first needed, and its worker ends with the job, for its memory never shrinks.
 *
 * @param input read in place, not copied into memory
 * @param argsFor the command line between program name and output, given the path of the input
 * @param output file name whose ending chooses the container
 * @throws FfmpegError, or the signal's AbortError
 */
export async function runFfmpeg(
  input: File,
  argsFor: (path: string) => string[],
  output: string,
  onProgress: (progress: JobProgress) => void,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  signal?.throwIfAborted();
  onProgress({ step: 'loading', share: undefined });
  const { FFmpeg, FFFSType } = await import('@ffmpeg/ffmpeg');
  const ffmpeg: FFmpeg = new FFmpeg();
  const lines: string[] = [];
  ffmpeg.on('log', ({ message }) => {
    lines.push(message);
    if (lines.length > 40) lines.shift();
  });
  ffmpeg.on('progress', ({ progress }) => {
    onProgress({ step: 'working', share: progress >= 0 && progress <= 1 ? progress : undefined });
  });
  const aborted = new Promise<never>((_, reject) => {
    signal?.addEventListener(
      'abort',
      () => {
        ffmpeg.terminate();
        reject(signal.reason as Error);
      },
      { once: true },
    );
  });
  const job = async (): Promise<Uint8Array<ArrayBuffer>> => {
    await ffmpeg.load({ coreURL: coreUrl, wasmURL: wasmUrl });
    onProgress({ step: 'working', share: 0 });
    await ffmpeg.createDir('/in');
    await ffmpeg.mount(FFFSType.WORKERFS, { files: [input] }, '/in');
    const code = await ffmpeg.exec([...argsFor(`/in/${input.name}`), output]);
    if (code !== 0) throw new FfmpegError('FFmpeg could not read this file.', lines.join('\n'));
    // FFmpeg ends well and leaves an empty file behind where nothing was left to encode.
    if (/^frame= *0 /.test(lines.findLast((line) => line.startsWith('frame=')) ?? ''))
      throw new FfmpegError('The file contains no video.', lines.join('\n'), undefined, 'no_picture');
    return (await ffmpeg.readFile(output)) as Uint8Array<ArrayBuffer>;
  };
  try {
    return await Promise.race([job(), aborted]);
  } catch (cause) {
    if (signal?.aborted || cause instanceof FfmpegError) throw cause;
    throw new FfmpegError('FFmpeg failed in this browser.', lines.join('\n'), cause);
  } finally {
    ffmpeg.terminate();
  }
}
