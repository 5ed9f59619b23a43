import { WhipError } from '../whip-error.js';
import { h264Accepted, spropParameterSets } from './h264-parameters.js';
import type { Offer, OfferedCodec, OfferedMedia } from './offer-types.js';

/** Codecs that can be received, best first: VP8 decodes without delay and every browser sends it. */
const RECEIVED_CODECS = ['vp8', 'h264', 'vp9', 'av1'] as const;
export type ReceivedCodec = (typeof RECEIVED_CODECS)[number];

/** A payload type that we take, and what is needed to read it. */
export interface AcceptedCodec {
  readonly payloadType: number;
  readonly codec: ReceivedCodec;
  readonly offered: OfferedCodec;
  /** H.264 SPS and PPS that came with the offer, RFC 6184 `sprop-parameter-sets`. */
  readonly parameterSets: readonly Uint8Array[];
  /** Payload type under which packets are sent again, RFC 4588; undefined where none was offered. */
  readonly repeatType?: number | undefined;
}

/** The one video section that is received, and how. */
export interface VideoChoice {
  readonly media: OfferedMedia;
  /** Never empty; the first is the one that we prefer. */
  readonly accepted: readonly AcceptedCodec[];
  /** Id of the header extension with departure times, if it was offered. */
  readonly sendTimeId: number | undefined;
}

/** draft-alvestrand-rmcat-remb-03 section 2.3. */
export const SEND_TIME_URI = 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time';

/**
 * Picks the video section to receive and the payload types to take from it.
 *
 * @throws WhipError `no_video` when none is sent, `bad_sdp` when it can't be transported, `codec_not_supported`
 */
export function chooseVideo(offer: Offer): VideoChoice {
  const videos = offer.media.filter((media) => media.kind === 'video' && (media.port !== 0 || offer.bundle.includes(media.mid)));
  if (videos.length === 0) throw new WhipError('no_video', 'the offer has no video section; publish a camera track');
  const media = videos.find(({ direction }) => direction === 'sendonly') ?? videos.find(({ direction }) => direction === 'sendrecv');
  if (!media) throw new WhipError('no_video', 'the offer sends no video; its video section must be "sendonly" (RFC 9725 section 4.2)');
  if (!/^UDP\/TLS\/RTP\/SAVPF?$/.test(media.protocol)) {
    throw new WhipError('bad_sdp', `the video section's transport is ${media.protocol.slice(0, 40)}; WHIP needs UDP/TLS/RTP/SAVPF`);
  }
  if (!media.iceUfrag || !media.icePwd) throw new WhipError('bad_sdp', 'the video section has no ice-ufrag and ice-pwd');
  if (media.iceUfrag.length > 256 || media.icePwd.length > 256)
    throw new WhipError('bad_sdp', 'ice-ufrag or ice-pwd is longer than 256 characters');
  if (!media.fingerprints.some(({ algorithm }) => /^sha-(256|384|512)$/.test(algorithm))) {
    throw new WhipError('bad_sdp', 'the video section has no certificate fingerprint by SHA-256 or better');
  }
  const accepted = media.codecs.flatMap(accept).map((codec) => ({
    ...codec,
    repeatType: media.codecs.find(({ name, parameters }) => name === 'rtx' && parameters.get('apt') === String(codec.payloadType))
      ?.payloadType,
  }));
  if (accepted.length === 0) {
    const names = [...new Set(media.codecs.map(({ name }) => name).filter((name) => !/^(rtx|red|ulpfec|flexfec-03)$/.test(name)))];
    throw new WhipError(
      'codec_not_supported',
      `none of the offered video codecs (${names.join(', ').slice(0, 100) || 'none'}) can be received; offer VP8, H.264 (Baseline, Main or High), VP9 or AV1`,
    );
  }
  accepted.sort((a, b) => RECEIVED_CODECS.indexOf(a.codec) - RECEIVED_CODECS.indexOf(b.codec));
  const sendTimeId = [...media.extensions].find(([, uri]) => uri === SEND_TIME_URI)?.[0];
  return { media, accepted, sendTimeId };
}

function accept(offered: OfferedCodec): AcceptedCodec[] {
  if (offered.clockRate !== 90_000) return [];
  const { payloadType, parameters } = offered;
  switch (offered.name) {
    case 'vp8':
      return [{ payloadType, codec: 'vp8', offered, parameterSets: [] }];
    case 'h264':
      return h264Accepted(parameters) ? [{ payloadType, codec: 'h264', offered, parameterSets: spropParameterSets(parameters) }] : [];
    // Profile 0 is 8 bits 4:2:0, 2 is 10 or 12 bits (RFC 9628 section 6); the others carry 4:4:4 which no camera sends.
    case 'vp9':
      return ['0', '2'].includes(parameters.get('profile-id') ?? '0') ? [{ payloadType, codec: 'vp9', offered, parameterSets: [] }] : [];
    case 'av1':
      return (parameters.get('profile') ?? '0') === '0' ? [{ payloadType, codec: 'av1', offered, parameterSets: [] }] : [];
    default:
      return [];
  }
}
