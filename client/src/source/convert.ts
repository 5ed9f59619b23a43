import { runFfmpeg, type JobProgress } from './ffmpeg.js';

/** What this browser plays that FFmpeg can make quickly: H.264, else VP8. */
function target(): { args: string[]; name: string; type: string } {
  const h264 = document.createElement('video').canPlayType('video/mp4; codecs="avc1.42E01E"') !== '';
  // Small movements must survive: nearly lossless, for the file is played once and thrown away.
  return h264
    ? { args: ['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '10', '-movflags', '+faststart'], name: 'out.mp4', type: 'video/mp4' }
    : {
        args: ['-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-crf', '6', '-b:v', '8M'],
        name: 'out.webm',
        type: 'video/webm',
      };
}

/**
 * Makes a recording that the browser can't play (the AVI of the published data sets) into one that it can, here in the
 * page. Frame rate and times are kept; pictures wider than 1280 px are made smaller.
 *
 * @throws FfmpegError where the file is no video, or the signal's AbortError
 */
export async function convertForBrowser(file: File, onProgress: (progress: JobProgress) => void, signal: AbortSignal): Promise<Blob> {
  const { args, name, type } = target();
  const data = await runFfmpeg(
    file,
    (path) => [
      '-i',
      path,
      '-map',
      '0:v:0',
      '-an',
      '-sn',
      '-vf',
      'scale=w=min(iw\\,1280):h=-2',
      '-pix_fmt',
      'yuv420p',
      '-fps_mode',
      'passthrough',
      ...args,
    ],
    name,
    onProgress,
    signal,
  );
  return new Blob([data], { type });
}
