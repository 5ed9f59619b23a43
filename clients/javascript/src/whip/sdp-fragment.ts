/** What identifies one side's ICE: RFC 8839 section 5.4. */
export interface IceCredentials {
  readonly ufrag: string;
  readonly pwd: string;
}

/** A candidate as RTCPeerConnection gives it. */
export interface LocalCandidate {
  readonly candidate: string;
  readonly sdpMid: string | null;
}

const lines = (sdp: string): string[] => sdp.split(/\r\n|\n/).filter((line) => line !== '');
const attribute = (sdp: string, name: string): string | undefined =>
  lines(sdp)
    .find((line) => line.startsWith(`a=${name}:`))
    ?.slice(name.length + 3);

/** The first ICE credentials in an SDP or a fragment of one. */
export function iceCredentials(sdp: string): IceCredentials | undefined {
  const ufrag = attribute(sdp, 'ice-ufrag');
  const pwd = attribute(sdp, 'ice-pwd');
  return ufrag !== undefined && pwd !== undefined ? { ufrag, pwd } : undefined;
}

/**
 * The body of a WHIP PATCH (`application/trickle-ice-sdpfrag`, RFC 8840 section 9, RFC 9725 section 4.3.1): credentials,
 * then candidates under the media line of the offer that they belong to.
 *
 * @param offer the whole local description
 * @param candidates those not yet sent; an empty `candidate` ends the list
 */
export function trickleFragment(offer: string, candidates: readonly LocalCandidate[], ended: boolean): string {
  const credentials = iceCredentials(offer);
  const media = lines(offer)
    .find((line) => line.startsWith('m='))
    ?.split(' ') ?? ['m=video', '9', 'UDP/TLS/RTP/SAVPF', '0'];
  const mid = attribute(offer, 'mid') ?? candidates.find((one) => one.sdpMid !== null)?.sdpMid ?? '0';
  const group = lines(offer).find((line) => line.startsWith('a=group:BUNDLE'));
  return [
    ...(group === undefined ? [] : [group]),
    ...(credentials ? [`a=ice-ufrag:${credentials.ufrag}`, `a=ice-pwd:${credentials.pwd}`] : []),
    `${media[0] ?? 'm=video'} 9 ${media[2] ?? 'UDP/TLS/RTP/SAVPF'} 0`,
    `a=mid:${mid}`,
    ...candidates.filter((one) => one.candidate !== '').map((one) => `a=${one.candidate}`),
    ...(ended ? ['a=end-of-candidates'] : []),
    '',
  ].join('\r\n');
}

/**
 * The remote description after an ICE restart: the old answer with the credentials and candidates of the server's
 * fragment (RFC 9725 section 4.3.3). Undefined where the fragment holds no credentials.
 */
export function restartedAnswer(answer: string, fragment: string): string | undefined {
  const fresh = iceCredentials(fragment);
  if (!fresh) return undefined;
  const candidates = lines(fragment).filter((line) => line.startsWith('a=candidate:') || line === 'a=end-of-candidates');
  const kept = lines(answer).filter((line) => !line.startsWith('a=candidate:') && line !== 'a=end-of-candidates');
  const out: string[] = [];
  let firstMedia = true;
  for (const line of kept) {
    if (line.startsWith('a=ice-ufrag:')) out.push(`a=ice-ufrag:${fresh.ufrag}`);
    else if (line.startsWith('a=ice-pwd:')) {
      out.push(`a=ice-pwd:${fresh.pwd}`);
      if (firstMedia && out.some((one) => one.startsWith('m='))) {
        out.push(...candidates);
        firstMedia = false;
      }
    } else out.push(line);
  }
  if (firstMedia) out.push(...candidates);
  return `${out.join('\r\n')}\r\n`;
}
