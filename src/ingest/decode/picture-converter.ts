import { AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVJ420P, SWS_BICUBIC, type AVPixelFormat } from 'node-av/constants';
import { avImageCopyToBuffer, Frame, SoftwareScaleContext } from 'node-av/lib';
import { DecodeError, type DecodedPicture } from './frame-decoder.js';
import { orientI420, type Orientation } from './orientation.js';
import type { PictureBuffers } from './picture-buffers.js';
import { cropI420, pixelAspect, squareSize, type Cropping } from './picture-shape.js';

/** How pictures are brought into shape. */
export interface PictureOptions {
  /** Pixels; a larger picture is scaled down, keeping its shape. Default 4096. */
  readonly maxWidth?: number;
  /** Pixels. Default 4096. */
  readonly maxHeight?: number;
  /** How the picture has to be turned to be upright. Default not at all. */
  readonly orientation?: Orientation;
  /** Width over height of a stored pixel, as the container says. Default what the stream itself says, else square. */
  readonly pixelAspect?: number;
  /** What the container says is not to be shown. Default nothing. */
  readonly cropping?: Cropping;
  /** Where pictures get their memory, and who reads them gives it back. Default: new memory. */
  readonly buffers?: PictureBuffers | undefined;
}

/**
 * Copies decoded frames out of FFmpeg's memory as upright I420 of 8 bits with square pixels, converted, cropped and scaled where need be.
 */
export class PictureConverter {
  readonly #limits: { readonly maxWidth: number; readonly maxHeight: number };
  readonly #options: PictureOptions;
  #scaler: SoftwareScaleContext | undefined;
  #scaled: Frame | undefined;
  #scalerFor = '';

  constructor(options: PictureOptions = {}) {
    this.#limits = { maxWidth: options.maxWidth ?? 4096, maxHeight: options.maxHeight ?? 4096 };
    this.#options = options;
  }

  /** @throws DecodeError when the frame can't be converted */
  convert(frame: Frame): Pick<DecodedPicture, 'width' | 'height' | 'data'> {
    const { width, height } = frame;
    const format = frame.format as AVPixelFormat;
    const { orientation, cropping } = this.#options;
    const size = squareSize(width, height, this.#options.pixelAspect ?? pixelAspect(frame.sampleAspectRatio), this.#limits);
    // yuvj420p has the same layout; its full range of luma is kept, since nothing downstream depends on the range.
    const fits = size.width === width && size.height === height && (format === AV_PIX_FMT_YUV420P || format === AV_PIX_FMT_YUVJ420P);
    const source = fits ? frame : this.#scale(frame, size.width, size.height);
    const whole = { width: source.width, height: source.height, data: packed(source, this.#options.buffers) };
    const picture = cropping ? cropI420(whole, scaled(cropping, size.width / width, size.height / height)) : whole;
    return orientation ? orientI420(picture, orientation) : picture;
  }

  close(): void {
    this.#scaler?.freeContext();
    this.#scaled?.free();
    this.#scaler = undefined;
    this.#scaled = undefined;
    this.#scalerFor = '';
  }

  #scale(frame: Frame, width: number, height: number): Frame {
    const format = frame.format as AVPixelFormat;
    const key = [frame.width, frame.height, format, width, height].join();
    if (key !== this.#scalerFor || !this.#scaler || !this.#scaled) {
      this.close();
      const scaler = new SoftwareScaleContext();
      scaler.getContext(frame.width, frame.height, format, width, height, AV_PIX_FMT_YUV420P, SWS_BICUBIC);
      const scaled = new Frame();
      scaled.alloc();
      scaled.width = width;
      scaled.height = height;
      scaled.format = AV_PIX_FMT_YUV420P;
      this.#scaler = scaler;
      this.#scaled = scaled;
      if (scaled.getBuffer() < 0) throw new DecodeError(`no memory for a picture of ${String(width)}x${String(height)}`);
      this.#scalerFor = key;
    }
    const done = this.#scaler.scaleFrameSync(this.#scaled, frame);
    if (done < 0) throw new DecodeError(`a picture of pixel format ${String(format)} can't be converted to I420`);
    return this.#scaled;
  }
}

function scaled({ top, bottom, left, right }: Cropping, x: number, y: number): Cropping {
  return { top: Math.round(top * y), bottom: Math.round(bottom * y), left: Math.round(left * x), right: Math.round(right * x) };
}

function packed(frame: Frame, buffers: PictureBuffers | undefined): Uint8Array<ArrayBuffer> {
  const { width, height } = frame;
  const chroma = Math.ceil(width / 2) * Math.ceil(height / 2);
  const size = width * height + 2 * chroma;
  const data = buffers?.take(size) ?? new Uint8Array(size);
  const planes = frame.data;
  if (!planes) throw new DecodeError('the decoder gave a picture without data');
  const copied = avImageCopyToBuffer(Buffer.from(data.buffer), data.length, planes, frame.linesize, AV_PIX_FMT_YUV420P, width, height, 1);
  if (copied < 0) throw new DecodeError('the decoded picture could not be copied');
  return data;
}
