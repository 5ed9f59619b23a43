/** Sizes that the picker offers. */
export const RESOLUTIONS = [
  { width: 640, height: 480 },
  { width: 1280, height: 720 },
] as const;
export type Resolution = (typeof RESOLUTIONS)[number];

/** Why there is no camera, in words that say what to do. */
class CameraError extends Error {
  override readonly name = 'CameraError';
  readonly code: string;
  constructor(message: string, code: string, cause: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** A camera to choose. Browsers hide the names until one camera was allowed. */
export interface Camera {
  readonly id: string;
  readonly label: string;
}

const REASONS: Readonly<Record<string, string>> = {
  NotAllowedError: 'Camera access was denied. Allow it in the address bar, then press Start camera again.',
  NotFoundError: 'No camera found. Connect one, or try the sample.',
  NotReadableError: 'The camera is in use by another program. Close it, then press Start camera again.',
  OverconstrainedError: "This camera doesn't support that resolution. Choose another resolution or camera.",
};

/** The cameras of this device; empty where the browser has none to offer. */
export async function listCameras(): Promise<Camera[]> {
  if (!('mediaDevices' in navigator)) return [];
  const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
  return devices
    .filter((device) => device.kind === 'videoinput')
    .map((device, index) => ({ id: device.deviceId, label: device.label || `Camera ${String(index + 1)}` }));
}

/** Opens a camera, video only. @throws CameraError */
export async function openCamera(id: string, size: Resolution): Promise<MediaStream> {
  // Browsers offer no camera to pages over plain http from elsewhere.
  if (!('mediaDevices' in navigator))
    throw new CameraError(
      'Browsers allow camera access on secure pages only: open this page over HTTPS, or as http://localhost on the same machine.',
      'insecure',
      undefined,
    );
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: {
        ...(id === '' ? { facingMode: 'user' } : { deviceId: { exact: id } }),
        width: { ideal: size.width },
        height: { ideal: size.height },
        frameRate: { ideal: 30 },
      },
    });
  } catch (cause) {
    const name = cause instanceof DOMException ? cause.name : '';
    throw new CameraError(
      REASONS[name] ?? `The camera could not be opened (${cause instanceof Error ? cause.message : String(cause)}).`,
      name,
      cause,
    );
  }
}
