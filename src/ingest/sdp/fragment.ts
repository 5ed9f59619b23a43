import { WhipError } from '../whip-error.js';

/** What a PATCH body says (RFC 8840 section 9, as RFC 9725 section 4.3 uses it). */
export interface SdpFragment {
  readonly ufrag: string | undefined;
  readonly pwd: string | undefined;
  readonly candidates: readonly string[];
  readonly endOfCandidates: boolean;
}

const MAX_FRAGMENT = 16 * 1024;
const MAX_CANDIDATES = 32;

/**
 * Reads an `application/trickle-ice-sdpfrag` body.
 * @throws WhipError `bad_fragment`
 */
export function parseFragment(text: string): SdpFragment {
  const bad = (why: string): WhipError => new WhipError('bad_fragment', `the SDP fragment can't be used: ${why}`);
  if (text.length > MAX_FRAGMENT) throw bad(`it is longer than ${String(MAX_FRAGMENT)} characters`);
  const lines = text.split(/\r\n|\n|\r/).filter((line) => line.length > 0);
  const wrong = lines.find((line) => !/^(a|m|c|v|o|s|t)=/.test(line));
  if (wrong !== undefined) throw bad(`"${wrong.slice(0, 40)}" is not an SDP line`);
  const values = (name: string): string[] =>
    lines.filter((line) => line.startsWith(`a=${name}:`)).map((line) => line.slice(name.length + 3).trim());
  const [ufrag] = values('ice-ufrag');
  const [pwd] = values('ice-pwd');
  if ((ufrag === undefined) !== (pwd === undefined)) throw bad('ice-ufrag and ice-pwd must come together');
  if ((ufrag?.length ?? 4) < 4 || (pwd?.length ?? 22) < 22 || (ufrag?.length ?? 0) > 256 || (pwd?.length ?? 0) > 256) {
    throw bad('ice-ufrag needs 4 to 256 characters and ice-pwd 22 to 256 (RFC 8839 section 5.4)');
  }
  const candidates = values('candidate');
  if (candidates.length > MAX_CANDIDATES) throw bad(`it has more than ${String(MAX_CANDIDATES)} candidates`);
  const endOfCandidates = lines.includes('a=end-of-candidates');
  if (!ufrag && candidates.length === 0 && !endOfCandidates) throw bad('it has neither candidates nor new ICE credentials');
  return { ufrag, pwd, candidates, endOfCandidates };
}

/** The answer to an ICE restart: our new credentials and candidates. */
export function writeFragment(local: {
  readonly ufrag: string;
  readonly pwd: string;
  readonly candidates: readonly string[];
  readonly mid: string;
  readonly iceLite: boolean;
}): string {
  return `${[
    ...(local.iceLite ? ['a=ice-lite'] : []),
    'a=ice-options:trickle',
    ...(local.mid ? [`a=group:BUNDLE ${local.mid}`] : []),
    'm=video 9 UDP/TLS/RTP/SAVPF 0',
    ...(local.mid ? [`a=mid:${local.mid}`] : []),
    `a=ice-ufrag:${local.ufrag}`,
    `a=ice-pwd:${local.pwd}`,
    ...local.candidates.map((candidate) => `a=candidate:${candidate}`),
    'a=end-of-candidates',
  ].join('\r\n')}\r\n`;
}
