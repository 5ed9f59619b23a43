import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Where a network runs. `webgpu` is ONNX Runtime's bundled native WebGPU provider. */
export type Device = 'cuda' | 'webgpu' | 'cpu';
/** What the config may ask for; `auto` takes the first that works and beats the CPU. */
export type DeviceRequest = Device | 'auto';

/** One device that was tried. */
interface DeviceAttempt {
  readonly device: Device;
  readonly ok: boolean;
  /** Why it is not used, in a sentence. */
  readonly reason?: string;
  /** Median milliseconds of one pair, where it ran. */
  readonly ms?: number;
}

/** What was chosen and why, for `doctor`, the log and the metric's label. */
export interface DeviceChoice {
  readonly device: Device;
  readonly requested: DeviceRequest;
  readonly attempts: readonly DeviceAttempt[];
  /** Set where a device that was asked for by name is not the one in use: to be told loudly. */
  readonly fallback?: string;
}

/** What trying a device gives: something to keep, and how fast it was. */
export interface Opened<T> {
  readonly value: T;
  /** Milliseconds of one pair. */
  readonly ms: number;
}

/** Devices to try for a request, in order; the CPU is always the last. */
export function candidates(request: DeviceRequest): readonly Device[] {
  if (request === 'auto') return ['cuda', 'webgpu', 'cpu'];
  return request === 'cpu' ? ['cpu'] : [request, 'cpu'];
}

/**
 * Opens the first candidate that works. Under `auto` a device that looks absent is passed over, and one that is slower than the
 * CPU is closed again; a device asked for by name is tried unless it can't possibly be there, and is not raced.
 *
 * @param open makes the session, checks what it computes, times it; throws where it can't.
 * @param close frees what `open` gave and is not used.
 * @param absent why a device can't be there, without touching it; undefined where it may be.
 */
export async function chooseDevice<T>(
  request: DeviceRequest,
  open: (device: Device) => Promise<Opened<T>>,
  close: (value: T) => Promise<void> | void,
  absent: (device: Device, request: DeviceRequest) => string | undefined = missingDevice,
): Promise<{ readonly value: T; readonly choice: DeviceChoice }> {
  const attempts: DeviceAttempt[] = [];
  let best: (Opened<T> & { device: Device }) | undefined;
  for (const device of candidates(request)) {
    const reason = absent(device, request);
    if (reason !== undefined) {
      attempts.push({ device, ok: false, reason });
      continue;
    }
    // A device asked for by name is not raced against the CPU.
    if (device === 'cpu' && best && request !== 'auto') break;
    try {
      const opened = await open(device);
      if (best && best.ms <= opened.ms) {
        await close(opened.value);
        attempts.push({ device, ok: true, ms: opened.ms });
        continue;
      }
      if (best) {
        await close(best.value);
        const slower = attempts.findIndex((attempt) => attempt.device === best?.device);
        attempts[slower] = {
          device: best.device,
          ok: false,
          ms: best.ms,
          reason: `slower than the CPU here (${best.ms.toFixed(1)} ms per pair, CPU ${opened.ms.toFixed(1)} ms)`,
        };
      }
      best = { ...opened, device };
      attempts.push({ device, ok: true, ms: opened.ms });
    } catch (error) {
      if (device === 'cpu') throw error;
      attempts.push({ device, ok: false, reason: oneLine(error) });
    }
  }
  if (!best) throw new Error('no device to run on');
  const refused = request === 'auto' ? undefined : attempts.find((attempt) => attempt.device === request && !attempt.ok);
  return {
    value: best.value,
    choice: {
      device: best.device,
      requested: request,
      attempts,
      ...(refused
        ? {
            fallback: `${request} was requested but is not usable (${refused.reason ?? 'unknown'}); running on ${best.device}${request === 'cuda' ? '. docs/install.md says how to add CUDA' : ''}`,
          }
        : {}),
    },
  };
}

/**
 * Why a device can't be there, found without loading a driver (which may write to stderr); undefined where it may be. Missing
 * libraries are certain; missing hardware is only a guess (WebGPU runs in software too), made under `auto`.
 */
export function missingDevice(device: Device, request: DeviceRequest): string | undefined {
  if (device === 'cuda') {
    const folder = onnxRuntimeFolder();
    const library = process.platform === 'win32' ? 'onnxruntime_providers_cuda.dll' : 'libonnxruntime_providers_cuda.so';
    if (!folder || !existsSync(join(folder, library))) return "ONNX Runtime's CUDA libraries are not installed";
  }
  if (request !== 'auto' || device === 'cpu' || process.platform !== 'linux') return undefined;
  // The last is WSL's.
  if (nodes('/dev').some((name) => /^nvidia\d+$/.test(name)) || existsSync('/dev/dxg')) return undefined;
  if (device === 'cuda') return 'no NVIDIA GPU (no /dev/nvidia0)';
  return nodes('/dev/dri').some((name) => name.startsWith('renderD')) ? undefined : 'no GPU (no /dev/dri/renderD*)';
}

function onnxRuntimeFolder(): string | undefined {
  try {
    return join(
      dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json')),
      'bin',
      'napi-v6',
      process.platform,
      process.arch,
    );
  } catch {
    return undefined;
  }
}

function nodes(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** The useful part of ONNX Runtime's errors, which carry source paths and lines. */
function oneLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  return (lines[0] ?? 'unknown').replace(/^\S*\/\S+\.(cc|h):\d+ .*?(?=Failed)/, '').slice(0, 300);
}
