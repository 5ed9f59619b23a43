/** A recorded video being played into a stream. */
export interface Playback {
  readonly stream: MediaStream;
  /** Starts playing, once; until then the first picture stands. */
  begin(): void;
  /** Resolves when a video that doesn't loop has been played to its end. */
  readonly finished: Promise<void>;
  stop(): void;
}

/** The browser can't play this file; it may be converted. */
export class UnplayableError extends Error {
  override readonly name = 'UnplayableError';
  readonly code = 'unplayable';
}

interface Capturing {
  captureStream?: () => MediaStream;
  mozCaptureStream?: () => MediaStream;
}

/** Loads `url` into `video` and resolves once its first frame is there. @throws UnplayableError */
export function loadVideo(video: HTMLVideoElement, url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (outcome: () => void): void => {
      video.removeEventListener('loadeddata', loaded);
      video.removeEventListener('error', failed);
      outcome();
    };
    const loaded = (): void => {
      settle(() => {
        // Sound without picture: a codec that the browser skips over.
        if (video.videoWidth > 0) resolve();
        else reject(new UnplayableError('The browser found no video in this file.'));
      });
    };
    const failed = (): void => {
      settle(() => {
        reject(new UnplayableError("The browser can't play this file."));
      });
    };
    video.addEventListener('loadeddata', loaded);
    video.addEventListener('error', failed);
    video.src = url;
    video.load();
  });
}

/**
 * Captures what {@link loadVideo} has loaded as a stream that stands still until `begin`, so that nothing is lost while
 * the connection is made. Where the browser can't capture a video element (Safari), the frames go over a canvas.
 */
export function captureVideo(video: HTMLVideoElement, loop: boolean): Playback {
  video.muted = true;
  video.loop = loop;
  const capturing = video as Capturing;
  const capture = capturing.captureStream?.bind(video) ?? capturing.mozCaptureStream?.bind(video);
  const finished = new Promise<void>((resolve) => {
    video.addEventListener(
      'ended',
      () => {
        resolve();
      },
      { once: true },
    );
  });
  let stream: MediaStream;
  let stopPainting = (): void => undefined;
  if (capture) {
    stream = new MediaStream(capture().getVideoTracks());
  } else {
    ({ stream, stop: stopPainting } = captureByCanvas(video));
  }
  return {
    stream,
    finished,
    begin: () => {
      if (video.paused && !video.ended) video.play().catch(() => undefined);
    },
    stop: () => {
      stopPainting();
      for (const track of stream.getTracks()) track.stop();
      video.pause();
      video.removeAttribute('src');
      video.load();
    },
  };
}

function captureByCanvas(video: HTMLVideoElement): { stream: MediaStream; stop: () => void } {
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  const context = canvas.getContext('2d', { alpha: false });
  let handle = 0;
  const paint = (): void => {
    context?.drawImage(video, 0, 0, canvas.width, canvas.height);
    handle = video.requestVideoFrameCallback(paint);
  };
  paint();
  return {
    stream: canvas.captureStream(),
    stop: () => {
      video.cancelVideoFrameCallback(handle);
    },
  };
}
