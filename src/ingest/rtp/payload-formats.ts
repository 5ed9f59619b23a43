import type { AcceptedCodec } from '../sdp/codec-choice.js';
import { Av1Format } from './av1-format.js';
import { H264Format } from './h264-format.js';
import type { PayloadFormat } from './payload-format.js';
import { Vp8Format } from './vp8-format.js';
import { Vp9Format } from './vp9-format.js';

/** The payload format of a negotiated codec. */
export function payloadFormat({ codec, parameterSets }: Pick<AcceptedCodec, 'codec' | 'parameterSets'>): PayloadFormat {
  switch (codec) {
    case 'vp8':
      return new Vp8Format();
    case 'vp9':
      return new Vp9Format();
    case 'h264':
      return new H264Format(parameterSets);
    case 'av1':
      return new Av1Format();
  }
}
