import { WhipError } from '../whip-error.js';
import type { Fingerprint, OfferedCodec, OfferedMedia, Offer, SetupRole, Direction } from './offer-types.js';

export type * from './offer-types.js';

/** Bytes beyond which no honest offer goes; a browser's is 6 KiB. */
const MAX_SDP = 64 * 1024;
const MAX_MEDIA = 16;
const MAX_CANDIDATES = 32;
/** There are 128 payload types. */
const MAX_PAYLOAD_TYPES = 128;
const TOKEN = /^[A-Za-z0-9+/_\-.~!#$%&'*^`|{}]+$/;

const bad = (why: string): WhipError => new WhipError('bad_sdp', `the SDP offer can't be used: ${why}`);

/**
 * Reads an SDP offer (RFC 8866, 8829) as far as a receiver of one video track needs it.
 *
 * Attributes of the session level are inherited by media sections that don't have their own.
 * @throws WhipError `bad_sdp`
 */
export function parseOffer(sdp: string): Offer {
  if (sdp.length > MAX_SDP) throw bad(`it is longer than ${String(MAX_SDP)} characters`);
  const lines = sdp.split(/\r\n|\n|\r/).filter((line) => line.length > 0);
  if (lines[0] !== 'v=0') throw bad('it does not begin with "v=0"');
  const sections: string[][] = [[]];
  for (const line of lines) {
    if (!/^[a-z]=/.test(line)) throw bad(`"${line.slice(0, 40)}" is not an SDP line`);
    if (line.startsWith('m=')) sections.push([]);
    sections.at(-1)?.push(line);
  }
  const [session = [], ...media] = sections;
  if (media.length === 0) throw bad('it has no media section');
  if (media.length > MAX_MEDIA) throw bad(`it has more than ${String(MAX_MEDIA)} media sections`);
  const group = attributes(session, 'group').find((value) => value.startsWith('BUNDLE '));
  return {
    bundle: group
      ? group
          .split(' ')
          .slice(1)
          .filter((mid) => mid.length > 0)
      : [],
    media: media.map((section, index) => parseMedia(section, session, index)),
    iceLite: session.includes('a=ice-lite'),
  };
}

function parseMedia(lines: readonly string[], session: readonly string[], index: number): OfferedMedia {
  const [kind, port, protocol, ...payloadTypes] = (lines[0] ?? '').slice(2).split(' ');
  if (!kind || !port || !protocol || !/^\d{1,5}(\/\d+)?$/.test(port)) throw bad(`"${(lines[0] ?? '').slice(0, 60)}" is not a media line`);
  if (payloadTypes.length > MAX_PAYLOAD_TYPES) throw bad(`a media line has more than ${String(MAX_PAYLOAD_TYPES)} payload types`);
  const inherited = (name: string): string | undefined => attributes(lines, name)[0] ?? attributes(session, name)[0];
  const mid = attributes(lines, 'mid')[0] ?? '';
  if (mid.length > 64 || (mid && !TOKEN.test(mid))) throw bad('a "mid" is not a token');
  const ownFingerprints = attributes(lines, 'fingerprint');
  return {
    index,
    kind,
    protocol,
    mid,
    payloadTypes,
    port: Number.parseInt(port, 10),
    direction: direction(lines) ?? direction(session) ?? 'sendrecv',
    codecs: codecs(lines, payloadTypes),
    iceUfrag: inherited('ice-ufrag'),
    icePwd: inherited('ice-pwd'),
    fingerprints: (ownFingerprints.length > 0 ? ownFingerprints : attributes(session, 'fingerprint')).map(fingerprint),
    setup: setup(inherited('setup')),
    candidates: attributes(lines, 'candidate').slice(0, MAX_CANDIDATES),
    extensions: extensions(lines),
    rtcpMux: lines.includes('a=rtcp-mux'),
    rtcpReducedSize: lines.includes('a=rtcp-rsize'),
    layers: layers(lines),
  };
}

function attributes(lines: readonly string[], name: string): string[] {
  const prefix = `a=${name}:`;
  return lines.filter((line) => line.startsWith(prefix)).map((line) => line.slice(prefix.length).trim());
}

/** `simulcast:send h;m,m2;~l`: alternatives by commas, paused ones with a tilde. */
function layers(lines: readonly string[]): string[] {
  const sent = /\bsend ([\w,;~-]{1,256})/.exec(attributes(lines, 'simulcast')[0] ?? '')?.[1];
  return sent === undefined ? [] : sent.split(';').map((layer) => (layer.split(',')[0] ?? '').replace('~', ''));
}

function direction(lines: readonly string[]): Direction | undefined {
  return (['sendonly', 'recvonly', 'sendrecv', 'inactive'] as const).find((value) => lines.includes(`a=${value}`));
}

function setup(value: string | undefined): SetupRole {
  if (value === undefined || value === 'actpass') return 'actpass';
  if (value === 'active' || value === 'passive') return value;
  throw bad(`"setup:${value.slice(0, 20)}" is none of actpass, active, passive`);
}

function fingerprint(value: string): Fingerprint {
  const [algorithm, digest] = value.split(' ');
  if (!algorithm || !digest || !/^([0-9A-Fa-f]{2}:)+[0-9A-Fa-f]{2}$/.test(digest)) throw bad('a "fingerprint" is malformed');
  return { algorithm: algorithm.toLowerCase(), value: digest.toUpperCase() };
}

function codecs(lines: readonly string[], payloadTypes: readonly string[]): OfferedCodec[] {
  const formats = new Map(attributes(lines, 'fmtp').map((value) => split(value)));
  const feedback = attributes(lines, 'rtcp-fb').map((value) => split(value));
  const found = new Map<number, OfferedCodec>();
  for (const value of attributes(lines, 'rtpmap')) {
    const [type, mapping] = split(value);
    const [name, clock] = mapping.split('/');
    const payloadType = Number(type);
    if (
      !name ||
      !payloadTypes.includes(type) ||
      !Number.isInteger(payloadType) ||
      payloadType < 0 ||
      payloadType > 127 ||
      found.has(payloadType)
    )
      continue;
    const fmtp = formats.get(type) ?? '';
    found.set(payloadType, {
      payloadType,
      name: name.toLowerCase(),
      clockRate: Number(clock),
      fmtp,
      parameters: parameters(fmtp),
      feedback: feedback.filter(([of]) => of === type || of === '*').map(([, fb]) => fb),
    });
  }
  // The order of the media line is the order of preference, RFC 8866 section 5.14.
  return [...found.values()].sort((a, b) => payloadTypes.indexOf(String(a.payloadType)) - payloadTypes.indexOf(String(b.payloadType)));
}

function extensions(lines: readonly string[]): ReadonlyMap<number, string> {
  return new Map(
    attributes(lines, 'extmap').flatMap((value): [number, string][] => {
      const [id = '', uri] = value.split(' ');
      const number = Number(id.split('/')[0]);
      return uri && Number.isInteger(number) && number >= 1 && number <= 255 ? [[number, uri]] : [];
    }),
  );
}

function split(value: string): [string, string] {
  const space = value.indexOf(' ');
  return space < 0 ? [value, ''] : [value.slice(0, space), value.slice(space + 1).trim()];
}

function parameters(fmtp: string): ReadonlyMap<string, string> {
  return new Map(
    fmtp.split(';').map((pair): [string, string] => {
      const equals = pair.indexOf('=');
      return equals < 0 ? [pair.trim().toLowerCase(), ''] : [pair.slice(0, equals).trim().toLowerCase(), pair.slice(equals + 1).trim()];
    }),
  );
}
