import { describe, expect, it } from 'vitest';
import { iceCredentials, restartedAnswer, trickleFragment } from './sdp-fragment.js';

const offer = [
  'v=0',
  'o=- 1 2 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'a=group:BUNDLE 0',
  'm=video 9 UDP/TLS/RTP/SAVPF 96 97',
  'c=IN IP4 0.0.0.0',
  'a=ice-ufrag:EsAw',
  'a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1',
  'a=mid:0',
  'a=sendonly',
  '',
].join('\r\n');

describe('trickleFragment', () => {
  it('holds credentials, media line, mid, candidates and their end', () => {
    const fragment = trickleFragment(offer, [{ candidate: 'candidate:1 1 udp 2130706431 198.51.100.1 39132 typ host', sdpMid: '0' }], true);
    expect(fragment.split('\r\n')).toEqual([
      'a=group:BUNDLE 0',
      'a=ice-ufrag:EsAw',
      'a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1',
      'm=video 9 UDP/TLS/RTP/SAVPF 0',
      'a=mid:0',
      'a=candidate:1 1 udp 2130706431 198.51.100.1 39132 typ host',
      'a=end-of-candidates',
      '',
    ]);
  });
});

describe('restartedAnswer', () => {
  const answer = offer.replace('a=sendonly', 'a=recvonly\r\na=candidate:9 1 udp 1 192.0.2.1 5000 typ host');
  it('swaps credentials and candidates', () => {
    const fresh = restartedAnswer(
      answer,
      'a=ice-ufrag:new\r\na=ice-pwd:newpassword\r\nm=video 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\na=candidate:2 1 udp 1 192.0.2.2 6000 typ host\r\n',
    );
    expect(iceCredentials(fresh ?? '')).toEqual({ ufrag: 'new', pwd: 'newpassword' });
    expect(fresh).toContain('192.0.2.2');
    expect(fresh).not.toContain('192.0.2.1');
    expect(fresh?.indexOf('192.0.2.2')).toBeGreaterThan(fresh?.indexOf('m=video') ?? 0);
  });
  it('refuses a fragment without credentials', () => {
    expect(restartedAnswer(answer, 'a=candidate:2 1 udp 1 192.0.2.2 6000 typ host')).toBeUndefined();
  });
});
