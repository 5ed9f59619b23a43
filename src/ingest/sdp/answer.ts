import { SEND_TIME_URI, type VideoChoice } from './codec-choice.js';
import type { Fingerprint, Offer, OfferedMedia } from './offer-types.js';

/** Our end of the transport, as the answer tells it. */
export interface LocalTransport {
  readonly ufrag: string;
  readonly pwd: string;
  readonly iceLite: boolean;
  readonly fingerprint: Fingerprint;
  /** `active`: we begin the DTLS handshake. */
  readonly setup: 'active' | 'passive';
  /** Values of `candidate`. */
  readonly candidates: readonly string[];
  /** Decimal digits, the `o=` line's session id. */
  readonly sessionId: string;
}

/**
 * Writes the SDP answer: the chosen video section is received, everything else is declined.
 *
 * An audio or further video section within the bundle is answered `inactive` rather than with port 0, because it may own the
 * bundle's transport (RFC 9143 section 7.3) and because some publishers take a rejected audio track for a failure.
 * Simulcast, FEC and all header extensions but the departure time are not answered, so the publisher sends one plain stream; without
 * transport-wide-cc a browser takes its bit rate from our REMB. RTX is, since a browser that has none pads the video stream itself
 * with packets that it can't send again.
 */
export function writeAnswer(offer: Offer, choice: VideoChoice, local: LocalTransport): string {
  const bundled = (media: OfferedMedia): boolean =>
    media === choice.media ||
    (offer.bundle.includes(choice.media.mid) && offer.bundle.includes(media.mid) && ['audio', 'video'].includes(media.kind));
  const alive = offer.media.filter(bundled);
  const [tagged] = alive;
  const lines = [
    'v=0',
    `o=- ${local.sessionId} 1 IN IP4 127.0.0.1`,
    's=-',
    't=0 0',
    ...(offer.bundle.length > 0 ? [`a=group:BUNDLE ${alive.map(({ mid }) => mid).join(' ')}`] : []),
    ...(local.iceLite ? ['a=ice-lite'] : []),
    'a=ice-options:trickle',
    'a=msid-semantic: WMS *',
  ];
  for (const media of offer.media) {
    if (!alive.includes(media)) lines.push(...rejected(media));
    else lines.push(...(media === choice.media ? received(choice) : inactive(media)), ...transport(local, media === tagged));
  }
  return `${lines.join('\r\n')}\r\n`;
}

function received({ media, accepted, sendTimeId }: VideoChoice): string[] {
  return [
    `m=video 9 ${media.protocol} ${accepted.flatMap(({ payloadType, repeatType }) => [payloadType, ...(repeatType === undefined ? [] : [repeatType])]).join(' ')}`,
    'c=IN IP4 0.0.0.0',
    ...mid(media),
    'a=recvonly',
    'a=rtcp-mux',
    ...(sendTimeId === undefined ? [] : [`a=extmap:${String(sendTimeId)} ${SEND_TIME_URI}`]),
    ...(media.rtcpReducedSize ? ['a=rtcp-rsize'] : []),
    ...accepted.flatMap(({ payloadType, offered, repeatType }) => [
      `a=rtpmap:${String(payloadType)} ${ENCODING_NAMES[offered.name] ?? offered.name}/${String(offered.clockRate)}`,
      `a=fmtp:${String(payloadType)} ${[...withoutParameterSets(offered.fmtp), START_BITRATE].join(';')}`,
      // Feedback is asked for where it was offered; a publisher that offers none gets none (RFC 4585 section 4.2).
      ...['nack', 'nack pli', 'ccm fir', 'goog-remb']
        .filter((fb) => offered.feedback.includes(fb))
        .map((fb) => `a=rtcp-fb:${String(payloadType)} ${fb}`),
      ...(repeatType === undefined
        ? []
        : [`a=rtpmap:${String(repeatType)} rtx/90000`, `a=fmtp:${String(repeatType)} apt=${String(payloadType)}`]),
    ]),
  ];
}

const ENCODING_NAMES: Readonly<Record<string, string>> = { vp8: 'VP8', vp9: 'VP9', h264: 'H264', av1: 'AV1' };

/**
 * libwebrtc starts at 300 kbit/s and halves the resolution at once, then takes half a minute to find back; told to start at 2.5 Mbit/s (in
 * kbit/s
 * here) it doesn't. Others ignore the parameter, as RFC 8866 section 6.15 lets them.
 */
const START_BITRATE = 'x-google-start-bitrate=2500';

/** The publisher's own parameter sets say nothing about us. */
function withoutParameterSets(fmtp: string): string[] {
  return fmtp
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '' && !/^sprop-parameter-sets=/i.test(pair));
}

function inactive(media: OfferedMedia): string[] {
  const first = media.payloadTypes[0] ?? '0';
  const codec = media.codecs.find(({ payloadType }) => String(payloadType) === first);
  return [
    `m=${media.kind} 9 ${media.protocol} ${first}`,
    'c=IN IP4 0.0.0.0',
    ...mid(media),
    'a=inactive',
    'a=rtcp-mux',
    ...(codec ? [`a=rtpmap:${first} ${codec.name}/${String(codec.clockRate)}${codec.name === 'opus' ? '/2' : ''}`] : []),
  ];
}

function rejected(media: OfferedMedia): string[] {
  return [`m=${media.kind} 0 ${media.protocol} ${media.payloadTypes.join(' ')}`, 'c=IN IP4 0.0.0.0', ...mid(media), 'a=inactive'];
}

function mid(media: OfferedMedia): string[] {
  return media.mid ? [`a=mid:${media.mid}`] : [];
}

function transport(local: LocalTransport, tagged: boolean): string[] {
  return [
    `a=ice-ufrag:${local.ufrag}`,
    `a=ice-pwd:${local.pwd}`,
    `a=fingerprint:${local.fingerprint.algorithm} ${local.fingerprint.value}`,
    `a=setup:${local.setup}`,
    ...(tagged ? [...local.candidates.map((candidate) => `a=candidate:${candidate}`), 'a=end-of-candidates'] : []),
  ];
}
