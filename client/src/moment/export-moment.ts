import { FfmpegError, runFfmpeg, type JobProgress } from '../source/ffmpeg.js';
import type { RecorderRing } from './recorder-ring.js';

/** Seconds added before the onset and after the offset. */
const PADDING = 0.75;

/** Offers a file to the user. */
export function download(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(url);
  }, 30_000);
}

/**
 * One moment as an H.264 MP4 cut to its length, made here in the page.
 *
 * @param begin,end seconds into the recording
 * @throws FfmpegError, or the signal's AbortError
 */
async function cutMp4(
  recording: Blob,
  begin: number,
  end: number,
  onProgress: (progress: JobProgress) => void,
  signal: AbortSignal,
): Promise<Blob> {
  const file = new File([recording], recording.type.includes('mp4') ? 'moment.mp4' : 'moment.webm', { type: recording.type });
  const data = await runFfmpeg(
    file,
    (path) => [
      // Seeking comes after the input: browsers write recordings without an index and with a single keyframe.
      '-i',
      path,
      '-ss',
      begin.toFixed(3),
      '-t',
      (end - begin).toFixed(3),
      '-an',
      '-c:v',
      'libx264',
      '-preset',
      'veryfast',
      '-crf',
      '16',
      // Recordings name no frame rate: keep each frame's own time.
      '-fps_mode',
      'vfr',
      '-pix_fmt',
      'yuv420p',
      '-vf',
      'crop=trunc(iw/2)*2:trunc(ih/2)*2',
      '-movflags',
      '+faststart',
    ],
    'moment-cut.mp4',
    onProgress,
    signal,
  ).catch((error: unknown) => {
    if (error instanceof FfmpegError && error.code === 'no_picture')
      throw new FfmpegError('This browser was too busy to record this moment.', error.log, error, error.code);
    throw error;
  });
  return new Blob([data], { type: 'video/mp4' });
}

/** A moment from the ring, as it was recorded or as an MP4. Undefined where the ring no longer holds it. */
export async function exportMoment(
  ring: RecorderRing,
  from: number,
  to: number,
  format: 'recording' | 'mp4',
  onProgress: (progress: JobProgress) => void,
  signal: AbortSignal,
): Promise<{ blob: Blob; extension: string } | undefined> {
  const found = await ring.take(from - PADDING, to + PADDING);
  if (!found || found.blob.size === 0) return undefined;
  if (format === 'recording') return { blob: found.blob, extension: found.blob.type.includes('mp4') ? 'mp4' : 'webm' };
  return { blob: await cutMp4(found.blob, found.begin, found.end, onProgress, signal), extension: 'mp4' };
}
