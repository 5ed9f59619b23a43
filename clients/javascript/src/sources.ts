/** What can be published. An element is captured as it plays or is drawn. */
export type VideoSource = MediaStream | HTMLVideoElement | HTMLCanvasElement;

interface Capturing {
  readonly captureStream?: () => MediaStream;
  readonly mozCaptureStream?: () => MediaStream;
}

export interface CameraOptions {
  /** Which camera; default the one that faces the user. */
  readonly deviceId?: string;
  /** Default 640. */
  readonly width?: number;
  /** Default 480. */
  readonly height?: number;
}

/** Opens a camera, video only. @throws DOMException as `getUserMedia` does */
export function openCamera({ deviceId, width = 640, height = 480 }: CameraOptions = {}): Promise<MediaStream> {
  return navigator.mediaDevices.getUserMedia({
    audio: false,
    video: {
      ...(deviceId === undefined ? { facingMode: 'user' } : { deviceId: { exact: deviceId } }),
      width: { ideal: width },
      height: { ideal: height },
      frameRate: { ideal: 30 },
    },
  });
}

/** The stream of a source. @throws Error where this browser cannot capture an element */
export function streamOf(source: VideoSource): MediaStream {
  if ('getVideoTracks' in source) return source;
  const element = source as Capturing;
  const stream = element.captureStream?.() ?? element.mozCaptureStream?.();
  if (!stream) throw new Error('this browser cannot capture an element; publish a MediaStream');
  return stream;
}
