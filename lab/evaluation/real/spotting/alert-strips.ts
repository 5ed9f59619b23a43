import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { nearestByTime } from '../../../../src/common/nearest-by-time.js';
import { CROP_SIZE, type AlignedFace } from '../../../../src/face/mod.js';
import type { Alert } from './judge-stream.js';

interface Crop {
  readonly t: number;
  readonly luma: Buffer;
}

/** Aligned crops of one face of one clip, 50 kB each. */
export class CropStore {
  readonly #crops: Crop[] = [];

  add({ t, crop }: AlignedFace): void {
    this.#crops.push({ t, luma: Buffer.from(Uint8ClampedArray.from(crop).buffer) });
  }

  /** The crop nearest to a moment. */
  at(t: number): Buffer | undefined {
    return nearestByTime(this.#crops, t)?.luma;
  }
}

/** Writes pictures of alerts, to be sorted by eye into real brief movements and artefacts. */
export class StripWriter {
  constructor(private readonly folder: string) {}

  /** One PNG an alert: crops before the onset, at the onset, half way, at the apex, half way back, at the offset. */
  async write(clip: string, spotter: string, alerts: readonly Alert[], crops: CropStore): Promise<void> {
    if (alerts.length > 0) await mkdir(this.folder, { recursive: true });
    for (const { onset, apex, offset, quiet } of alerts) {
      const times = [onset - 0.1, onset, (onset + apex) / 2, apex, (apex + offset) / 2, offset];
      const pictures = times.map((t) => crops.at(t)).filter((luma) => luma !== undefined);
      const name = `${clip.replace(/\.\w+$/, '')}-${spotter}-${apex.toFixed(2)}${quiet ? '-quiet' : ''}.png`;
      await sharp({ create: { width: CROP_SIZE * times.length, height: CROP_SIZE, channels: 3, background: 'black' } })
        .composite(
          pictures.map((luma, i) => ({
            input: luma,
            raw: { width: CROP_SIZE, height: CROP_SIZE, channels: 1 as const },
            left: i * CROP_SIZE,
            top: 0,
          })),
        )
        .png()
        .toFile(join(this.folder, name));
    }
  }
}
