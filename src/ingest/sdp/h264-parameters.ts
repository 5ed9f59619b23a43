/** profile_idc: Baseline (constrained or not), Main, High. */
const PROFILES = new Set([0x42, 0x4d, 0x64]);

/**
 * Whether H.264 with these `fmtp` parameters can be received (RFC 6184 section 8.1).
 *
 * Without `profile-level-id` the RFC infers Baseline level 1. Interleaved mode (2) is not taken.
 */
export function h264Accepted(parameters: ReadonlyMap<string, string>): boolean {
  const profile = parameters.get('profile-level-id') ?? '42000a';
  if (!/^[0-9a-f]{6}$/i.test(profile)) return false;
  const mode = parameters.get('packetization-mode') ?? '0';
  return PROFILES.has(Number.parseInt(profile.slice(0, 2), 16)) && (mode === '0' || mode === '1');
}

/** SPS and PPS in `sprop-parameter-sets`, as NAL units without start codes. At most 8, 1 KiB each. */
export function spropParameterSets(parameters: ReadonlyMap<string, string>): Uint8Array[] {
  const value = parameters.get('sprop-parameter-sets');
  if (!value) return [];
  return value
    .split(',')
    .slice(0, 8)
    .map((base64) => new Uint8Array(Buffer.from(base64, 'base64')))
    .filter((nal) => nal.length > 1 && nal.length <= 1024 && [7, 8].includes((nal[0] ?? 0) & 31));
}
