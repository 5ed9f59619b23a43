import { createRequire } from 'node:module';
import type * as Constants from 'node-av/constants';
import type * as Lib from 'node-av/lib';

/** A codec and what decodes it here. */
export interface DecoderInfo {
  /** As in `VideoFormat.codec`. */
  readonly codec: string;
  /** FFmpeg's name of it; undefined where this build has none. */
  readonly decoder: string | undefined;
}

const CODECS = ['vp8', 'vp9', 'av1', 'h264', 'hevc', 'mjpeg', 'rawvideo'] as const;

/**
 * The video decoders of this machine. Loads FFmpeg into the calling thread, which nothing else here does.
 * @throws Error when node-av has no binary for this platform
 */
export function decoders(): DecoderInfo[] {
  const require = createRequire(import.meta.url);
  const { Codec } = require('node-av/lib') as typeof Lib;
  const constants = require('node-av/constants') as typeof Constants;
  const ids = {
    vp8: constants.AV_CODEC_ID_VP8,
    vp9: constants.AV_CODEC_ID_VP9,
    av1: constants.AV_CODEC_ID_AV1,
    h264: constants.AV_CODEC_ID_H264,
    hevc: constants.AV_CODEC_ID_HEVC,
    mjpeg: constants.AV_CODEC_ID_MJPEG,
    rawvideo: constants.AV_CODEC_ID_RAWVIDEO,
  };
  return CODECS.map((codec) => ({ codec, decoder: Codec.findDecoder(ids[codec])?.name ?? undefined }));
}
