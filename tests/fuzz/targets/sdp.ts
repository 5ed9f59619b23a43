import { chooseVideo } from '../../../src/ingest/sdp/codec-choice.js';
import { writeAnswer } from '../../../src/ingest/sdp/answer.js';
import { parseFragment } from '../../../src/ingest/sdp/fragment.js';
import { parseOffer } from '../../../src/ingest/sdp/offer.js';
import { remoteCandidate } from '../../../src/ingest/webrtc/candidates.js';
import { WhipError } from '../../../src/ingest/whip-error.js';
import { offerSdp } from '../../support/offer-example.js';
import { expect, refusing, text, type FuzzTarget } from '../target.js';

const LOCAL = {
  ufrag: 'ours',
  pwd: 'p'.repeat(24),
  iceLite: false,
  fingerprint: { algorithm: 'sha-256', value: 'AB:CD' },
  setup: 'active' as const,
  candidates: ['1 1 udp 1 127.0.0.1 9 typ host'],
  sessionId: '1',
};
const WORDS = [
  'm=video 9 UDP/TLS/RTP/SAVPF 96\r\n',
  'm=audio 0 UDP/TLS/RTP/SAVPF 0\r\n',
  'a=mid:0\r\n',
  'a=group:BUNDLE 0 1\r\n',
  'a=rtpmap:96 VP8/90000\r\n',
  'a=rtpmap:97 rtx/90000\r\n',
  'a=fmtp:97 apt=96\r\n',
  'a=fmtp:96 profile-level-id=42e01f;packetization-mode=1;sprop-parameter-sets=Z0IACpZTBYmI,aMljiA==\r\n',
  'a=rtcp-fb:* nack pli\r\n',
  'a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\n',
  'a=setup:active\r\n',
  'a=ice-lite\r\n',
  'a=inactive\r\n',
  'a=sendonly\r\n',
  'a=rtcp-mux\r\n',
  'a=rtcp-rsize\r\n',
  'a=fingerprint:sha-256 AA:BB\r\n',
  'a=candidate:1 1 udp 1 127.0.0.1 9 typ host\r\n',
  '\r\n',
  '\n',
  '/',
  ':',
  ' ',
  '=',
  ';',
  '%00',
  '\u0000',
  '\u2028',
];

export const sdp: FuzzTarget = {
  name: 'sdp',
  maxLength: 6000,
  dictionary: WORDS,
  seeds: () => [
    offerSdp(),
    offerSdp().replaceAll('actpass', 'active').replaceAll('VP8', 'H264'),
    offerSdp().replaceAll('a=sendonly', 'a=sendrecv').replace('UDP/DTLS', 'TCP/DTLS'),
    'v=0\r\n',
  ],
  run: (input) => {
    refusing([WhipError], () => {
      const offer = parseOffer(text(input));
      const choice = chooseVideo(offer);
      expect(
        choice.accepted.length > 0 && choice.accepted.every(({ payloadType }) => payloadType >= 0 && payloadType <= 127),
        'a choice has codecs with payload types of 7 bits',
      );
      const answer = writeAnswer(offer, choice, LOCAL);
      const lines = answer.split('\r\n');
      expect(lines.pop() === '' && lines.every((line) => /^[a-z]=[^\r\n]*$/.test(line)), 'an answer is lines of SDP');
      expect(
        lines.filter((line) => line.startsWith('m=')).length === offer.media.length,
        "an answer has the offer's media sections (RFC 3264 section 6)",
      );
      expect(
        lines.filter((line) => line.startsWith('a=ice-pwd:')).every((line) => line === `a=ice-pwd:${LOCAL.pwd}`),
        'an answer tells our password and no other',
      );
    });
  },
};

export const sdpfrag: FuzzTarget = {
  name: 'sdpfrag',
  dictionary: [
    ...WORDS,
    'a=ice-ufrag:abcd\r\n',
    `a=ice-pwd:${'x'.repeat(22)}\r\n`,
    'a=end-of-candidates\r\n',
    ' typ srflx raddr 0.0.0.0 rport 0',
    '::1',
    ' 65536 ',
    ' -1 ',
  ],
  seeds: () => [
    'a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\na=candidate:1 1 udp 2130706431 192.0.2.1 5000 typ host\r\na=end-of-candidates\r\n',
    'a=candidate:1 1 UDP 1 2001:db8::1 9 typ srflx raddr 10.0.0.1 rport 9\r\n',
  ],
  run: (input) => {
    refusing([WhipError], () => {
      const { candidates, ufrag, pwd } = parseFragment(text(input));
      expect((ufrag === undefined) === (pwd === undefined), 'credentials come together');
      expect(candidates.length <= 32, 'candidates are bounded');
      for (const line of candidates) {
        const candidate = remoteCandidate(line, ufrag ?? 'u');
        expect(
          candidate === undefined || (candidate.port > 0 && candidate.port < 65_536 && candidate.component === 1),
          'a candidate has a port',
        );
      }
    });
  },
};
