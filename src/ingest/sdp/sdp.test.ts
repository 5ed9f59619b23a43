import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WhipError } from '../whip-error.js';
import { writeAnswer, type LocalTransport } from './answer.js';
import { chooseVideo } from './codec-choice.js';
import { parseFragment, writeFragment } from './fragment.js';
import { parseOffer } from './offer.js';
import { offerSdp } from '../../../tests/support/offer-example.js';

const local: LocalTransport = {
  ufrag: 'abcd',
  pwd: 'p'.repeat(24),
  iceLite: false,
  fingerprint: { algorithm: 'sha-256', value: 'AA:BB' },
  setup: 'active',
  candidates: ['1 1 udp 2130706431 192.0.2.1 4000 typ host'],
  sessionId: '42',
};

const code = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return error instanceof WhipError ? `${String(error.status)} ${error.code}` : String(error);
  }
  return 'fine';
};
const answer = (sdp: string, transport = local): string => {
  const offer = parseOffer(sdp);
  return writeAnswer(offer, chooseVideo(offer), transport);
};

describe('offer', () => {
  it('prefers VP8 and keeps the order of the offer within a codec', () => {
    const { accepted } = chooseVideo(parseOffer(offerSdp()));
    expect(accepted.map(({ codec, payloadType }) => `${codec} ${String(payloadType)}`)).toEqual([
      'vp8 96',
      'h264 103',
      'h264 107',
      'vp9 98',
      'av1 45',
    ]);
  });

  it.each([
    ['empty', '', '400 bad_sdp'],
    ['no SDP', 'hello', '400 bad_sdp'],
    ['no media', 'v=0\r\ns=-\r\n', '400 bad_sdp'],
    ['junk line', 'v=0\r\nthis is not sdp\r\n', '400 bad_sdp'],
    ['too long', `v=0\r\n${'a=x\r\n'.repeat(20_000)}`, '400 bad_sdp'],
    ['audio only', offerSdp({ video: '' }), '422 no_video'],
    ['recvonly', offerSdp().replaceAll('a=sendonly', 'a=recvonly'), '422 no_video'],
    ['no ICE credentials', offerSdp().replaceAll(/a=ice-(ufrag|pwd):.*\r\n/g, ''), '400 bad_sdp'],
    ['no fingerprint', offerSdp().replaceAll(/a=fingerprint:.*\r\n/g, ''), '400 bad_sdp'],
    ['only SHA-1', offerSdp().replaceAll('sha-256', 'sha-1'), '400 bad_sdp'],
    ['plain RTP', offerSdp().replaceAll('UDP/TLS/RTP/SAVPF', 'RTP/AVP'), '400 bad_sdp'],
    [
      'H.263',
      offerSdp({ video: 'm=video 9 UDP/TLS/RTP/SAVPF 34\r\na=mid:1\r\na=sendonly\r\na=rtpmap:34 H263/90000\r\n' }),
      '406 codec_not_supported',
    ],
    [
      'H.264 High 4:4:4',
      offerSdp({
        video:
          'm=video 9 UDP/TLS/RTP/SAVPF 34\r\na=mid:1\r\na=sendonly\r\na=rtpmap:34 H264/90000\r\na=fmtp:34 profile-level-id=f4001f;packetization-mode=1\r\n',
      }),
      '406 codec_not_supported',
    ],
    [
      'H.264 interleaved',
      offerSdp({
        video:
          'm=video 9 UDP/TLS/RTP/SAVPF 34\r\na=mid:1\r\na=sendonly\r\na=rtpmap:34 H264/90000\r\na=fmtp:34 profile-level-id=42e01f;packetization-mode=2\r\n',
      }),
      '406 codec_not_supported',
    ],
  ])('refuses %s', (_, sdp, expected) => {
    expect(code(() => chooseVideo(parseOffer(sdp)))).toBe(expected);
  });

  it.each(['42001f', '42e01f', '4d001f', '640c1f', undefined])('takes H.264 profile %s', (profile) => {
    const fmtp = profile === undefined ? '' : `a=fmtp:34 profile-level-id=${profile}\r\n`;
    const video = `m=video 9 UDP/TLS/RTP/SAVPF 34\r\na=mid:1\r\na=sendonly\r\na=rtpmap:34 H264/90000\r\n${fmtp}`;
    expect(chooseVideo(parseOffer(offerSdp({ video }))).accepted).toHaveLength(1);
  });

  it('never throws anything but WhipError', () => {
    const line = fc.oneof(fc.constantFrom(...offerSdp().split('\r\n')), fc.string({ maxLength: 30 }));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
        expect(code(() => answer(`v=0\r\n${lines.join('\r\n')}`))).toMatch(/^(fine|4\d\d \w+)$/);
      }),
    );
  });
});

describe('answer', () => {
  it('receives the video, declines the audio within the bundle and the data channel outside RTP', () => {
    const sdp = answer(offerSdp());
    expect(sdp).toContain('a=group:BUNDLE 0 1\r\n');
    expect(sdp).toMatch(/m=audio 9 [^]*a=inactive[^]*m=video 9 UDP\/TLS\/RTP\/SAVPF 96 97 103 107 98 45[^]*a=recvonly/);
    expect(sdp).toMatch(/m=application 0 /);
    expect(sdp.match(/a=candidate:/g)).toHaveLength(1);
  });

  it('reads which layers simulcast would send', () => {
    const offer = parseOffer(
      offerSdp().replace('a=rtcp-mux', 'a=simulcast:send l,l2;~m;h recv x\r\na=rtcp-mux').replaceAll('m=audio', 'm=video'),
    );
    expect(offer.media.find(({ layers }) => layers.length > 0)?.layers).toEqual(['l', 'm', 'h']);
    expect(parseOffer(offerSdp()).media.flatMap(({ layers }) => layers)).toEqual(['h']);
  });

  it('asks neither for transport-wide-cc nor for simulcast', () => {
    const sdp = answer(offerSdp());
    expect(sdp).not.toMatch(/transport-cc|transport-wide|simulcast|a=rid/);
    expect(sdp).toContain('a=rtcp-fb:96 goog-remb');
    expect(sdp).toContain('a=rtcp-fb:96 nack pli');
    expect(sdp).toContain('abs-send-time');
  });

  it('is lite and passive when told to', () => {
    const sdp = answer(offerSdp(), { ...local, iceLite: true, setup: 'passive' });
    expect(sdp).toContain('a=ice-lite\r\n');
    expect(sdp).toContain('a=setup:passive\r\n');
  });

  it('answers an offer without a bundle', () => {
    const sdp = answer(offerSdp().replace(/a=group.*\r\n/, ''));
    expect(sdp).not.toContain('BUNDLE');
    expect(sdp).toMatch(/m=audio 0 /);
    expect(sdp).toContain('a=recvonly');
  });
});

describe('fragment', () => {
  it('reads candidates and credentials', () => {
    const fragment = parseFragment(
      'a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\na=candidate:1 1 UDP 1 192.0.2.1 61764 typ host\r\na=end-of-candidates\r\n',
    );
    expect(fragment).toEqual({
      ufrag: 'EsAw',
      pwd: 'P2uYro0UCOQ4zxjKXaWCBui1',
      candidates: ['1 1 UDP 1 192.0.2.1 61764 typ host'],
      endOfCandidates: true,
    });
  });

  it.each([
    '',
    'nonsense',
    'a=mid:0\r\n',
    'a=ice-ufrag:abcd\r\n',
    'a=ice-ufrag:a\r\na=ice-pwd:b\r\n',
    `a=end-of-candidates\r\n${'a=candidate:1\r\n'.repeat(40)}`,
  ])('refuses %j', (text) => {
    expect(code(() => parseFragment(text))).toBe('400 bad_fragment');
  });

  it('writes what it can read', () => {
    const text = writeFragment({
      ufrag: 'abcd',
      pwd: 'p'.repeat(24),
      candidates: ['1 1 udp 1 192.0.2.1 4 typ host'],
      mid: '1',
      iceLite: false,
    });
    expect(parseFragment(text)).toMatchObject({ ufrag: 'abcd', candidates: ['1 1 udp 1 192.0.2.1 4 typ host'] });
  });
});
